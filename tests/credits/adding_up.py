"""The totals as they have to be: added up from the ledger and the jobs, by plain Python."""

from collections import Counter, defaultdict
from datetime import date
from typing import Any

from studio.credits.models import DayTotal, Entry, MonthTotal, Total
from studio.jobs.lifecycle.moving import account_of
from studio.jobs.models import Job

type Sums = dict[tuple[Any, ...], dict[str, int]]

SIGNS = {
    "hold": ("held", 1),
    "release": ("held", -1),
    "charge": ("charged", 1),
    "refund": ("refunded", 1),
    "top-up": ("topped_up", 1),
    "adjustment": ("adjusted", 1),
}


def added_up() -> Sums:
    sums: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    jobs = {job.pk: job for job in Job.objects.all()}
    for job in jobs.values():
        sums[_key_of(job)]["clips"] += 1
    for entry in Entry.objects.all():
        column, sign = SIGNS[entry.kind]
        key = _key_of(jobs[entry.job_id]) if entry.job_id else _bare(entry.day, entry.connection_id)
        sums[key][column] += sign * entry.amount
    return {key: _without_zeros(row) for key, row in sums.items() if _without_zeros(row)}


def as_kept() -> Sums:
    """The sums of the days; those of the months must be the same, added up."""
    kept, months = _rows(DayTotal), Counter[tuple[Any, ...]]()
    for (day, *rest), sums in kept.items():
        for name, amount in sums.items():
            months[(day.replace(day=1), *rest, name)] += amount
    of_months = {
        (*key, name): amount for key, sums in _rows(MonthTotal).items() for name, amount in sums.items()
    }
    assert of_months == {key: amount for key, amount in months.items() if amount}
    return kept


def _rows(table: type[Total]) -> Sums:
    rows = table._default_manager.values_list(*table.KEY, *table.SUMS)
    found = {row[: len(DayTotal.KEY)]: row[len(DayTotal.KEY) :] for row in rows}
    kept = {key: _without_zeros(dict(zip(DayTotal.SUMS, sums, strict=True))) for key, sums in found.items()}
    return {key: row for key, row in kept.items() if row}


def _key_of(job: Job) -> tuple[Any, ...]:
    key = account_of(job).key
    return tuple(getattr(key, name) for name in DayTotal.KEY)


def _bare(day: date, connection_id: int) -> tuple[Any, ...]:
    return (day, connection_id, 0, 0, 0, "", "", "")


def _without_zeros(row: dict[str, int]) -> dict[str, int]:
    return {name: amount for name, amount in row.items() if amount}
