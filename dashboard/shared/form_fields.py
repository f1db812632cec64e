"""Typed access to form fields."""

from django import forms


def typed_field[F: forms.Field](form: forms.BaseForm, name: str, kind: type[F]) -> F:
    """Return the field ``name``. Raises TypeError if it is not a ``kind``."""
    field = form.fields[name]
    if not isinstance(field, kind):
        raise TypeError(f"{name} is not a {kind.__name__}.")
    return field
