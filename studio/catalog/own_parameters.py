"""An admin's changes to a model's parameters: add, correct, hide, and reset. All are audited."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from studio.audit.log import record
from studio.catalog.models import ModelChange, StudioModel
from studio.catalog.register import NotPossible
from studio.contract.capability import Parameter
from studio.contract.corrections import Entry, hidden_entry, is_hidden
from studio.contract.encode import parameter_json
from studio.contract.known_parameters import label_for
from studio.team.models import Member

MOST = 100  # of one model
OWN = "own parameter"  # ModelChange.what for an admin's change


def save(model: StudioModel, parameter: Parameter, *, by: Member) -> None:
    """Add a parameter that the studio does not describe, or correct one that it does. Raises NotPossible."""
    _put(model, parameter.name, parameter_json(replace(parameter, is_ours=True)), _saved, by=by)


def hide(model: StudioModel, name: str, *, by: Member) -> None:
    """Hide a parameter, so that it is neither offered nor sent. Raises NotPossible."""
    _put(model, name, hidden_entry(name), _hidden, by=by)


def use_published(model: StudioModel, name: str, *, by: Member) -> None:
    """Undo an admin's change: the studio's parameter applies again, or an added one is removed. Raises NotPossible."""
    _put(model, name, None, _dropped, by=by)


def _saved(was: Entry | None, is_published: bool) -> tuple[str, str]:
    """The verb of the audit entry, and the words for members."""
    is_new = not is_published and (was is None or is_hidden(was))
    return ("added", "added") if is_new else ("corrected", "corrected")


def _hidden(was: Entry | None, is_published: bool) -> tuple[str, str]:
    return "hidden", "hidden"


def _dropped(was: Entry | None, is_published: bool) -> tuple[str, str]:
    return ("reset", "set back to the studio’s record") if is_published else ("removed", "removed")


type Wording = Callable[[Entry | None, bool], tuple[str, str]]


@transaction.atomic
def _put(model: StudioModel, name: str, entry: Entry | None, wording: Wording, *, by: Member) -> None:
    """Store the change. The row is locked, because two admins may change it at the same time."""
    row = StudioModel.objects.select_for_update(no_key=True).get(pk=model.pk)
    own = {one["name"]: one for one in row.own_parameters}
    was = own.get(name)
    if was == entry:
        return
    before = row.capability.parameter(name)
    if entry is None:
        del own[name]
    else:
        own[name] = dict(entry)
    if len(own) > MOST:
        raise NotPossible(f"A model can have up to {MOST} parameters that were added or corrected here.")
    published = row.published_capability.parameter(name)
    row.own_parameters, row.changed_at = list(own.values()), timezone.now()
    row.save(update_fields=["own_parameters", "changed_at"])
    verb, words = wording(was, published is not None)
    shown = row.capability.parameter(name) or before or published
    label = shown.label if shown else label_for(name)
    ModelChange.objects.create(model=row, what=OWN, after=f"“{label}” {words} by an admin")
    record(
        f"model.parameter_{verb}",
        by=by,
        about=f"model:{row.pk}",
        model=row.name,
        parameter=name,
        before=_for_audit(was),
        after=_for_audit(entry),
    )


def _for_audit(entry: Entry | None) -> dict[str, Any] | None:
    return (
        None
        if entry is None
        else {key: value for key, value in entry.items() if key not in ("name", "is_ours")}
    )
