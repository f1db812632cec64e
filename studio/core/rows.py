"""The compare-and-set of database rows."""

from django.db.models import Model, QuerySet


def compare_and_set[Row: Model](as_read: QuerySet[Row], row: Row, **changes: object) -> bool:
    """Write ``changes`` to ``row`` if ``as_read`` still selects it. Returns whether it did.

    ``as_read`` holds the conditions under which the change is right, usually the state in which the row was read. Of
    several callers that read the same state, one succeeds: the database decides, in one UPDATE statement. ``row``
    itself changes only on success. ``changes`` are values, not database expressions such as ``F()``.
    """
    if as_read.filter(pk=row.pk).update(**changes) != 1:
        return False
    for name, value in changes.items():
        setattr(row, name, value)
    return True
