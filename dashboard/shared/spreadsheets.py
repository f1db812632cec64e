"""Rows as lines of CSV that a spreadsheet shows and never runs: the one way to a file of any page."""

import csv
from collections.abc import Iterable, Iterator

# What spreadsheets begin a formula with; some read the full-width signs of East Asian keyboards, too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Line:
    """What ``csv.writer`` writes to: hands each line on, so that a long file is sent as it is made."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """One line for each row. Numbers stay numbers; text that begins like a formula is quoted."""
    writer = csv.writer(_Line())
    for row in rows:
        yield writer.writerow([guarded(cell) for cell in row])


def guarded(cell: object) -> object:
    """Names, prompts and browsers are other people's words: an apostrophe in front makes them text.

    Spaces in front do not help, since some spreadsheets drop them.
    """
    is_formula = isinstance(cell, str) and (cell.startswith(FORMULA) or cell.lstrip().startswith(FORMULA))
    return f"'{cell}" if is_formula else cell
