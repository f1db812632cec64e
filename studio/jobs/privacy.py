"""Private clips: what each person may see of them.

Prompt, parameters, inputs, files, and anything that may quote the prompt are visible only to the person who requested
the clip: not to admins, and not to a later owner. Everyone sees its model, state, times, cost, project and person.

The rule is applied where rows are read, not where they are rendered. ``Job.objects.for_user(user)`` and
``HistoryRecord.objects.for_user(user)`` return rows that hold no more than that person may see.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, Self

from django.db import models
from django.db.models.query import ModelIterable

HIDDEN = "Private clip"  # shown in place of the prompt


class Private(Protocol):
    @property
    def is_private(self) -> bool: ...

    @property
    def spender_id(self) -> int: ...


def is_hidden(job: Private, viewer: Any) -> bool:
    """Whether the clip's content is hidden from ``viewer``; None is an unknown viewer, who sees no private clip."""
    return job.is_private and (viewer is None or job.spender_id != viewer.pk)


class _AsSeen(ModelIterable):  # type: ignore[type-arg]  # takes none at run time
    """Iterates over the rows of a query as its viewer may see them."""

    queryset: "SeenQuerySet[Any]"

    def __iter__(self) -> Iterator[Any]:
        rows: Iterable[Any] = super().__iter__()
        viewer = self.queryset.viewer
        return iter(rows if viewer is None else self.queryset.as_seen(rows, viewer))


class SeenQuerySet[Row: models.Model](models.QuerySet[Row]):
    """A queryset that hides what its viewer may not see. Without a viewer nothing is hidden: for our own code.

    Nothing is hidden in ``values()``: callers must do that.
    """

    viewer: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._iterable_class = _AsSeen

    def read_for(self, viewer: Any) -> Self:
        seen = self.all()
        seen.viewer = viewer
        return seen

    def as_seen(self, rows: Iterable[Row], viewer: Any) -> Iterable[Row]:
        raise NotImplementedError

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]  # private to Django, and the way to keep an attribute
        clone.viewer = self.viewer
        return clone


class Blankable(models.Model):
    """A row whose private fields can be blanked. It then cannot be saved, nor reloaded in full."""

    is_hidden = False

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.is_hidden:
            raise TypeError("This row was blanked for its viewer and cannot be saved.")
        super().save(*args, **kwargs)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        if self.is_hidden:
            self.hide()

    def blank(self) -> dict[str, Any]:
        """The fields that reveal too much, with the values to show instead."""
        raise NotImplementedError

    def hide(self) -> None:
        self.is_hidden = True
        for name, value in self.blank().items():
            setattr(self, name, value)
