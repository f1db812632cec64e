"""The periods of a report, each with the previous one for comparison.

A period that is still running is compared with as much of the one before: 1–22 November with 1–22 October.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from dashboard.shared.words import days

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both included. ``name`` is that of a PRESET, or "" for custom days."""

    name: str
    since: date
    until: date
    before: tuple[date, date]

    @property
    def words(self) -> str:
        return days(self.since, self.until)

    @property
    def before_words(self) -> str:
        return days(*self.before)

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def file_part(self) -> str:
        """For a file name: "2026-11-01-to-2026-11-22"."""
        return f"{self.since}-to-{self.until}" if self.since != self.until else str(self.since)


def preset(name: str, today: date) -> Period:
    """One of PRESETS, as of today."""
    match name:
        case "today":
            return Period(name, today, today, (today - DAY, today - DAY))
        case "this-week":
            monday = today - timedelta(days=today.weekday())
            return Period(name, monday, today, (monday - 7 * DAY, today - 7 * DAY))
        case "last-month":
            until = today.replace(day=1) - DAY
            since = until.replace(day=1)
            return Period(name, since, until, (_month_before(since), since - DAY))
        case "last-30-days":
            return chosen(today - 29 * DAY, today, name)
        case "this-year":
            since = today.replace(month=1, day=1)
            return Period(name, since, today, (_year_before(since), _year_before(today)))
        case _:
            since = today.replace(day=1)
            return Period(name, since, today, (_month_before(since), min(_month_before(today), since - DAY)))


def chosen(since: date, until: date, name: str = "") -> Period:
    """Any days, compared with as many days before them."""
    length = until - since + DAY
    return Period(name, since, until, (_back(since, length), _back(until, length)))


PRESETS = {
    "today": "Today",
    "this-week": "This week",
    "this-month": "This month",
    "last-month": "Last month",
    "last-30-days": "Last 30 days",
    "this-year": "This year",
}
DEFAULT = "this-month"


def _back(day: date, length: timedelta) -> date:
    return day - length if day - date.min > length else date.min


def _month_before(day: date) -> date:
    """The same day of the previous month, or its last day."""
    last = day.replace(day=1) - DAY
    return last.replace(day=min(day.day, last.day))


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
