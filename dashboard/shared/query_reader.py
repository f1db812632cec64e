"""Reads values from a query string. Invalid values are ignored, with a sentence about each."""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date

from django.http import QueryDict


def whole_number(text: str) -> int | None:
    """A whole number of at most 18 digits, which fits a database integer, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def iso_day(text: str) -> date | None:
    """ "2026-11-22", or None. A year outside 1990–2999 is treated as a typing error."""
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-11-22") else None
    except ValueError:
        return None
    return day if day and 1990 <= day.year <= 2999 else None


@dataclass(slots=True)
class QueryReader:
    """Reads one query string. ``complaints`` has a sentence about each ignored value."""

    query: QueryDict
    complaints: list[str] = field(default_factory=list)

    def text(self, name: str, known: Container[str], complaint: str) -> str:
        """The value of ``name`` if it is ``known``, else ""; ``{}`` in the complaint is replaced by the value."""
        said = self.query.get(name, "")
        if not said or said in known:
            return said
        self.complaints.append(complaint.format(shortened(said)))
        return ""

    def number(self, name: str, known: Container[int], complaint: str) -> int | None:
        said = self.query.get(name, "")
        number = whole_number(said)
        if not said or number in known:
            return number
        self.complaints.append(complaint)
        return None

    def day(self, name: str) -> date | None:
        said = self.query.get(name, "")
        day = iso_day(said)
        if said and day is None:
            self.complaints.append(f"“{shortened(said)}” is not a date like 2026-11-22 and was ignored.")
        return day


def shortened(text: str) -> str:
    """At most 40 characters, to quote in a sentence."""
    return text if len(text) <= 40 else f"{text[:40]}…"
