"""Reports and the ledger as CSV: ISO dates, plain whole numbers, one header line. Exports are written to the audit log.

A browser posts for it, because the record is a change; the address holds the question, as that of the page does.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dashboard.credits.ledger import Statement, asked_statement
from dashboard.credits.question import Question, asked
from dashboard.shared.requests import MemberRequest
from dashboard.shared.spreadsheets import csv_lines
from studio.audit.log import record
from studio.credits.models import Entry
from studio.credits.reports import BREAKDOWNS, Part, Sums, by_day, report
from studio.credits.statement import SIGNS, Kind

CHUNK = 2_000  # entries read at once: no reader of a long file holds the database
SUMS = ("clips", "ready", "failed", "under_way", "charged", "refunded", "spent")
ENTRY = (
    *("day", "booked_at", "kind", "credits", "clip", "person", "project", "model"),
    *("studio", "reference", "reason", "booked_by", "token"),
)

type Cell = str | int


@require_POST
def credits_export(request: MemberRequest) -> StreamingHttpResponse:
    """One breakdown of a report, or its days: ``?by=``."""
    question, by = asked(request.GET), request.GET.get("by", "")
    by = by if by in BREAKDOWNS else "day"
    lines = _days(question) if by == "day" else _parts(question, by)
    return _answer(request, question, f"credits-by-{by}", lines)


@require_POST
def ledger_export(request: MemberRequest) -> StreamingHttpResponse:
    """Every entry that the ledger's page lists, oldest last."""
    statement = asked_statement(request)
    return _answer(request, statement.question, "ledger", _entries(statement))


def _answer(
    request: MemberRequest, question: Question, name: str, lines: Iterable[Iterable[Cell]]
) -> StreamingHttpResponse:
    record("report.exported", by=request.user, about=name, query=request.GET.urlencode())
    response = StreamingHttpResponse(csv_lines(lines), content_type="text/csv; charset=utf-8")
    file_name = f"{name}-{question.period.file_part}.csv"
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def _parts(question: Question, by: str) -> Iterator[tuple[Cell, ...]]:
    yield (by, "id", *SUMS)
    for part in report(question.narrowed).parts[by]:
        yield _part(question, by, part)


def _part(question: Question, by: str, part: Part) -> tuple[Cell, ...]:
    return (question.names.of(by, part.value), part.value, *_figures(part.sums))


def _days(question: Question) -> Iterator[tuple[Cell, ...]]:
    """Days on which clips were requested."""
    yield ("day", *SUMS)
    sums: dict[Any, Sums] = {}
    for (day, _), found in by_day(question.narrowed, "outcome").items():
        sums[day] = sums.get(day, Sums()) + found
    for day in sorted(sums):
        yield (day.isoformat(), *_figures(sums[day]))


def _figures(sums: Sums) -> tuple[int, ...]:
    """In the order of SUMS."""
    return (sums.clips, sums.ready, sums.failed, sums.held, sums.charged, sums.refunded, sums.spent)


def _entries(statement: Statement) -> Iterator[tuple[Cell, ...]]:
    yield ENTRY
    last: Entry | None = None
    while chunk := list(statement.entries(last)[:CHUNK]):
        yield from map(_entry, chunk)
        last = chunk[-1]


def _entry(entry: Entry) -> tuple[Cell, ...]:
    """In the order of ENTRY."""
    return (
        entry.day.isoformat(),
        timezone.localtime(entry.at).isoformat(timespec="seconds"),
        entry.kind,
        entry.amount * SIGNS[Kind(entry.kind)],
        "" if entry.job_id is None else entry.job_id,
        str(entry.person or ""),
        str(entry.project or ""),
        entry.model_slug,
        entry.connection.name,
        entry.reference,
        entry.reason,
        str(entry.booked_by or ""),
        entry.token.long_name if entry.token else "",
    )
