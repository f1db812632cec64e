"""Keeps the daily and monthly totals exact.

Call every function in the transaction that makes the change.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from studio.credits.models import DayTotal, Entry, MonthTotal, Total

COLUMNS: Mapping[str, tuple[str, int]] = {  # the column and sign of each kind of entry
    Entry.Kind.HOLD: ("held", 1),
    Entry.Kind.RELEASE: ("held", -1),
    Entry.Kind.CHARGE: ("charged", 1),
    Entry.Kind.REFUND: ("refunded", 1),
    Entry.Kind.TOP_UP: ("topped_up", 1),
    Entry.Kind.ADJUSTMENT: ("adjusted", 1),
}


@dataclass(frozen=True, slots=True)
class Key:
    """One row of the totals, in the terms of Total.KEY."""

    day: date
    connection_id: int
    person_id: int = 0
    project_id: int = 0
    token_id: int = 0
    model_slug: str = ""
    model_family: str = ""
    outcome: str = ""


def book(key: Key, kind: str, amount: int) -> None:
    """Count an entry that was written."""
    column, sign = COLUMNS[kind]
    _add(key, {column: sign * amount})


def count(key: Key) -> None:
    """Count a clip that was requested."""
    _add(key, {"clips": 1})


def move(before: Key, after: Key, job_id: int) -> None:
    """Move a clip with all its bookings from one row to another, because its outcome changed."""
    booked = {"clips": 1, **sums_of(job_id)}
    _add(before, {name: -amount for name, amount in booked.items()})
    _add(after, booked)


def sums_of(job_id: int) -> dict[str, int]:
    """The sums of a clip's entries, by the columns of the totals."""
    sums: dict[str, int] = {}
    booked = Entry.objects.filter(job_id=job_id).order_by().values_list("kind").annotate(Sum("amount"))
    for kind, amount in booked:
        column, sign = COLUMNS[kind]
        sums[column] = sums.get(column, 0) + sign * amount
    return sums


def _add(key: Key, amounts: Mapping[str, int]) -> None:
    amounts = {name: amount for name, amount in amounts.items() if amount}
    if amounts:
        _add_to(DayTotal, key, amounts)
        _add_to(MonthTotal, replace(key, day=key.day.replace(day=1)), amounts)


def _add_to(totals: type[Total], key: Key, amounts: Mapping[str, int]) -> None:
    row = totals._default_manager.filter(**asdict(key))
    more = {name: F(name) + amount for name, amount in amounts.items()}
    if row.update(**more):
        return
    try:
        with transaction.atomic():
            totals._default_manager.create(**asdict(key), **amounts)
    except IntegrityError:  # another transaction has just created the row
        row.update(**more)
