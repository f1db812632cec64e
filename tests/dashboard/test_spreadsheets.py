"""What other people typed arrives in a spreadsheet as text."""

import csv
from io import StringIO

import pytest
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.shared.spreadsheets import csv_lines
from studio.audit.log import record
from tests.factories import a_member

STARTS = "=+-@＝＋－＠"
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
formulas = st.builds(
    "{}{}{}".format, st.sampled_from(["", " ", "\t", "\n", "\r ", " "]), st.sampled_from(STARTS), words
)


@given(st.lists(words | formulas, min_size=1))
@example(["=1+1", "  @SUM(A1)", "\r=1", "a=b", "\n-2"])
def test_no_cell_of_a_file_begins_like_a_formula_and_no_word_is_lost(row: list[str]) -> None:
    (read,) = csv.reader(StringIO("".join(csv_lines([row])), newline=""))
    for cell, typed in zip(read, row, strict=True):
        assert cell in (typed, f"'{typed}")
        assert not cell.lstrip().startswith(tuple(STARTS))


def test_numbers_below_zero_stay_numbers() -> None:
    assert "".join(csv_lines([(-1, "-1", 2)])) == "-1,'-1,2\r\n"


@pytest.mark.django_db
def test_a_browser_that_is_called_like_a_formula_is_text_in_the_file_of_the_log() -> None:
    record("report.exported", by=None, about="=HYPERLINK(1)")
    client = Client(headers={"user-agent": "@SUM(A1)"})
    client.force_login(a_member("boss@example.com", role="admin"))
    answer = client.get("/audit/export.csv")
    lines = list(csv.DictReader(StringIO(answer.getvalue().decode())))
    assert "'=HYPERLINK(1)" in [line["about"] for line in lines]
