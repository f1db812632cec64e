"""The log as a file: CSV for a spreadsheet, lines of JSON for who verifies it."""

import csv
from collections.abc import Iterable, Iterator

from dashboard.audit.words import action_words
from studio.audit import chain
from studio.audit.models import Entry
from studio.audit.queries import line

HEADER = ("number", "at", "action", "in words", "by", "member", "about", "address", "agent", "detail", "hash")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """What ``csv`` writes to: it hands back the line, so that each can be sent as it is made."""

    def write(self, text: str) -> str:
        return text


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(HEADER)
    for entry in entries:
        yield writer.writerow([_cell(value) for value in _row(entry)])


def as_lines(entries: Iterable[Entry]) -> Iterator[str]:
    return map(line, entries)


def _row(entry: Entry) -> tuple[object, ...]:
    return (
        entry.number,
        chain.instant(entry.at),
        entry.action,
        action_words(entry.action),
        entry.by_name,
        entry.by_id,
        entry.about,
        entry.address,
        entry.agent,
        chain.canonical(entry.detail),
        entry.hash,
    )


def _cell(value: object) -> object:
    """A browser or a person may be called "=cmd": a spreadsheet shall show that, and not do it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
