"""Private clips: what is shown of one to whom.

Prompt, parameters, inputs, files, and whatever may quote the prompt are for whoever asked for the clip, and for nobody
else: no admin, and not who looks after it later. Everybody sees its model, state, times, cost, project and person.

The rule is applied where rows are read, never where they are drawn. ``Job.objects.for_user(user)`` and
``HistoryRecord.objects.for_user(user)`` give rows that hold no more than that person may know.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, Self

from django.db import models
from django.db.models.query import ModelIterable

HIDDEN = "Private clip"  # what stands in the place of a prompt


class Private(Protocol):
    @property
    def is_private(self) -> bool: ...

    @property
    def spender_id(self) -> int: ...


def is_hidden(job: Private, viewer: Any) -> bool:
    """``viewer``: None is nobody, who sees no private clip."""
    return job.is_private and (viewer is None or job.spender_id != viewer.pk)


class _AsSeen(ModelIterable):  # type: ignore[type-arg]  # takes none at run time
    """The rows of a query, as its viewer may see them."""

    queryset: "SeenQuerySet[Any]"

    def __iter__(self) -> Iterator[Any]:
        rows: Iterable[Any] = super().__iter__()
        viewer = self.queryset.viewer
        return iter(rows if viewer is None else self.queryset.as_seen(rows, viewer))


class SeenQuerySet[Row: models.Model](models.QuerySet[Row]):
    """Knows for whom it is read. Without a viewer it is read by Dailies itself, which needs to know everything.

    Of ``values()`` it hides nothing: that is up to whoever reads those.
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
    """A row that can be told without what is private of it. It then cannot be saved, nor be read in full again."""

    is_hidden = False

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.is_hidden:
            raise TypeError("This row holds only what somebody else may see of it.")
        super().save(*args, **kwargs)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        if self.is_hidden:
            self.hide()

    def blank(self) -> dict[str, Any]:
        """The fields that say too much, with what is told instead."""
        raise NotImplementedError

    def hide(self) -> None:
        self.is_hidden = True
        for name, value in self.blank().items():
            setattr(self, name, value)
