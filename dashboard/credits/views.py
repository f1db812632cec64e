"""The spending page. Everything on it comes from one question, read from its query string."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.credits import words
from dashboard.credits.chart import chart
from dashboard.credits.names import outcome_word
from dashboard.credits.periods import PRESETS
from dashboard.credits.question import DIMENSIONS, OUTCOMES, Question, asked
from studio.catalog.models import Connection
from studio.credits.balance import latest
from studio.credits.reports import BREAKDOWNS, Filter, Part, Report, Sums, burn_rate, report, totals
from studio.jobs.money.available import available_credits

TITLES = {name: f"By {name}" for name in BREAKDOWNS}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a breakdown: its name, its spending, and a link to its clips."""

    name: str
    sums: Sums
    share: int  # per cent of all that was spent, rounded
    url: str  # the report of it alone
    jobs_url: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    dimension: str
    title: str
    rows: list[Row]
    query: str  # of the page, for its export


@dataclass(frozen=True, slots=True)
class Runway:
    """What is left at one connection, and how long it lasts."""

    connection: Connection
    credits: int | None
    read_at: datetime | None
    available: int | None  # less what is under way and not in that reading yet
    burn: str
    lasts: str


@require_safe
def credits(request: HttpRequest) -> HttpResponse:
    question = asked(request.GET)
    found = report(question.narrowed)
    context = {
        **filter_context(question),
        "whole": found.whole,
        "change": words.change(found.whole.spent, totals(question.before).spent, question.period),
        "jobs_url": question.jobs_url(),
        "failed_url": question.jobs_url(outcome="failed"),
        "open_url": question.jobs_url(outcome="open"),
        "tables": [_table(question, found, name) for name in question.breakdowns],
        "chart": chart(question),
        "stacks": [
            (name, TITLES[name], question.query(stack=name), name == question.stack)
            for name in question.breakdowns
        ],
        "runways": list(_runways(question.narrowed, timezone.localdate())),
    }
    return render(request, "credits/report.html", context)


def filter_context(question: Question) -> dict[str, Any]:
    """For ``credits/filters.html``: the periods, the filters, and what is selected."""
    return {
        "question": question,
        "query": question.query(),
        "presets": [
            (label, question.of_period(name), name == question.period.name) for name, label in PRESETS.items()
        ],
        "chosen": list(question.chosen()),
        "selects": [select for select in _selects(question) if len(select[3]) > 1],
        "values": {name: getattr(question.narrowed, name) for name in DIMENSIONS},
    }


def _selects(question: Question) -> Iterator[tuple[str, str, str, list[tuple[Any, str]]]]:
    """Name, label, the option for all, the choices."""
    names = question.names
    yield "person", "Person", "Everyone", list(names.people.items())
    yield "project", "Project", "All projects", [(pk, one.name) for pk, one in names.projects.items()]
    yield "model", "Model", "All models", list(names.models.items())
    yield "outcome", "Outcome", "All outcomes", [(name, outcome_word(name)) for name in OUTCOMES]
    yield "connection", "Connection", "All connections", list(names.connections.items())
    yield "token", "Token", "All tokens and people", list(names.tokens.items())


def _table(question: Question, found: Report, dimension: str) -> Table:
    rows = [_row(question, dimension, part, found.whole.spent) for part in found.parts[dimension]]
    return Table(dimension, TITLES[dimension], rows, question.query(by=dimension))


def _row(question: Question, dimension: str, part: Part, whole: int) -> Row:
    return Row(
        name=question.names.of(dimension, part.value),
        sums=part.sums,
        share=round(part.sums.spent * 100 / whole) if whole > 0 else 0,
        url=question.query(**{dimension: part.value}),
        jobs_url=question.jobs_url(**{dimension: part.value}),
        colour=question.names.colour(part.value) if dimension == "project" else "",
    )


def _runways(narrowed: Filter, today: date) -> Iterator[Runway]:
    """For the selected connection, else for each. The rate covers all people, whatever the filter."""
    connections = Connection.objects.order_by("-is_default", "name")
    if narrowed.connection:
        connections = connections.filter(pk=narrowed.connection)
    for connection in connections:
        reading, available = latest(connection.pk), available_credits(connection)
        burn = burn_rate(Filter(today, today, connection=connection.pk), today)
        yield Runway(
            connection=connection,
            credits=reading.credits if reading else None,
            read_at=reading.confirmed_at if reading else None,
            available=available,
            burn=words.per_day(burn),
            lasts=words.lasting(available, burn, today),
        )
