"""The audit log as a file: CSV for spreadsheets, JSON lines for verification."""

from collections.abc import Iterable, Iterator
from itertools import chain

from dashboard.audit.words import action_words
from dashboard.shared.spreadsheets import csv_lines
from studio.audit.chain import canonical, instant
from studio.audit.models import Entry
from studio.audit.queries import line

HEADER = ("number", "at", "action", "in words", "by", "member", "about", "address", "agent", "detail", "hash")


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    return csv_lines(chain((HEADER,), map(_row, entries)))


def as_lines(entries: Iterable[Entry]) -> Iterator[str]:
    return map(line, entries)


def _row(entry: Entry) -> tuple[object, ...]:
    return (
        entry.number,
        instant(entry.at),
        entry.action,
        action_words(entry.action),
        entry.by_name,
        entry.by_id,
        entry.about,
        entry.address,
        entry.agent,
        canonical(entry.detail),
        entry.hash,
    )
