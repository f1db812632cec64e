"""The fields of a form, by their classes."""

from django import forms


def typed_field[F: forms.Field](form: forms.BaseForm, name: str, kind: type[F]) -> F:
    """Return the field ``name``, which is a ``kind``. Raises TypeError if it is another one."""
    field = form.fields[name]
    if not isinstance(field, kind):
        raise TypeError(f"{name} is no {kind.__name__}.")
    return field
