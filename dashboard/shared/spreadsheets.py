"""CSV for spreadsheets, protected against formula injection. Every CSV export uses this."""

import csv
from collections.abc import Iterable, Iterator

# Characters that start a formula; some spreadsheets also accept the full-width ones.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Line:
    """A target for ``csv.writer`` that returns each line, so that a long file can be streamed."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield one line per row. Numbers stay numbers; text that could be a formula is escaped."""
    writer = csv.writer(_Line())
    for row in rows:
        yield writer.writerow([guarded(cell) for cell in row])


def guarded(cell: object) -> object:
    """Put an apostrophe in front of text that could be a formula: names and prompts are untrusted.

    Leading spaces are ignored in this check, since some spreadsheets strip them.
    """
    is_formula = isinstance(cell, str) and (cell.startswith(FORMULA) or cell.lstrip().startswith(FORMULA))
    return f"'{cell}" if is_formula else cell
