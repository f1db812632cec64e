"""The filters of a report: read from its query string, and written into links to other pages."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from dashboard.credits.names import Names
from dashboard.credits.periods import DEFAULT, PRESETS, Period, chosen, preset
from dashboard.shared.query_reader import QueryReader
from studio.credits.reports import BREAKDOWNS, Filter
from studio.jobs.states import ENDED, OPEN

OUTCOMES = (OPEN, *(str(state) for state in ENDED))
DIMENSIONS = (  # in the order of the query string
    *("person", "project", "model", "outcome"),
    *("family", "connection", "token"),
)
STACKED_BY = "project"


@dataclass(frozen=True, slots=True)
class Question:
    """A period, its filters, and what the chart is stacked by."""

    period: Period
    narrowed: Filter
    stack: str = STACKED_BY
    names: Names = field(default_factory=Names)
    complaints: list[str] = field(default_factory=list)

    def query(self, **changes: Any) -> str:
        """The query string with some values changed; an empty value removes a filter."""
        said: dict[str, Any] = {**self._period(), **self._narrowing()}
        said |= {"stack": self.stack} if self.stack != STACKED_BY else {}
        said |= changes
        return urlencode({name: value for name, value in said.items() if _narrows(value)})

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """BREAKDOWNS, by token only if there are tokens."""
        return tuple(name for name in BREAKDOWNS if name != "token" or self.names.tokens)

    def of_period(self, name: str) -> str:
        return self.query(**{"period": name, "from": "", "until": ""})

    def jobs_url(self, **more: Any) -> str:
        """The list of the clips behind a figure. The person a clip is charged to is its ``spender`` there."""
        said = {**self._narrowing(), **more}
        names = {"person": "spender", "outcome": "state"}
        days = {"from": self.period.since, "until": self.period.until}
        query = {**days, **{names.get(name, name): value for name, value in said.items() if _narrows(value)}}
        return f"{reverse('dashboard:job-list')}?{urlencode(query)}"

    @property
    def before(self) -> Filter:
        return self.narrowed.within(*self.period.before)

    def chosen(self) -> Iterator[tuple[str, str, str]]:
        """The active filters: dimension, name, and the query string without it."""
        for name, value in self._narrowing().items():
            yield name, self.names.of(name, value), self.query(**{name: ""})

    def _period(self) -> dict[str, Any]:
        if self.period.name:
            return {"period": self.period.name} if self.period.name != DEFAULT else {}
        return {"from": self.period.since, "until": self.period.until}

    def _narrowing(self) -> dict[str, Any]:
        said = ((name, getattr(self.narrowed, name)) for name in DIMENSIONS)
        return {name: value for name, value in said if _narrows(value)}


def _narrows(value: Any) -> bool:
    """0 is a filter, too: see Filter."""
    return value not in (None, "")


def asked(query: QueryDict) -> Question:
    """Reads the query string. Values that cannot be read are ignored and reported."""
    reader, names = QueryReader(query), Names()
    period = _period(reader, timezone.localdate())
    narrowed = Filter(
        since=period.since,
        until=period.until,
        person=reader.number("person", names.people, "This person is not on the team. Showing everyone."),
        project=reader.number(
            "project", names.projects, "This project does not exist. Showing all projects."
        ),
        model=reader.query.get("model", "").replace("\0", ""),
        outcome=reader.text("outcome", OUTCOMES, "There is no outcome “{}”. Showing all outcomes."),
        family=reader.query.get("family", "").replace("\0", ""),
        connection=reader.number(
            "connection", names.connections, "This connection does not exist. Showing all connections."
        ),
        token=reader.number("token", names.tokens, "This token does not exist. Showing all requests."),
    )
    stack = query.get("stack", "")
    return Question(period, narrowed, stack if stack in BREAKDOWNS else STACKED_BY, names, reader.complaints)


def _period(reader: QueryReader, today: date) -> Period:
    """The named preset, unless other days are given too; days alone make a custom period."""
    name = reader.text("period", PRESETS, "There is no period “{}”. Showing this month.")
    since, until = reader.day("from"), reader.day("until")
    named = preset(name or DEFAULT, today)
    if not since and not until:
        return named
    if name and (since or named.since, until or named.until) == (named.since, named.until):
        return named
    until = until or max(today, since or today)
    since = since or until.replace(day=1)
    return chosen(min(since, until), max(since, until))


def narrowed_to(question: Question, dimension: str, value: Any) -> Question:
    return replace(question, narrowed=replace(question.narrowed, **{dimension: value}))
