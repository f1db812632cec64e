"""What a report was asked for: read from its address, and written into those of other pages."""

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
DIMENSIONS = (  # in the order of an address
    *("person", "project", "model", "outcome"),
    *("family", "connection", "token"),
)
STACKED_BY = "project"


@dataclass(frozen=True, slots=True)
class Question:
    """A period, what it is narrowed to, and what the chart is stacked by."""

    period: Period
    narrowed: Filter
    stack: str = STACKED_BY
    names: Names = field(default_factory=Names)
    complaints: list[str] = field(default_factory=list)

    def query(self, **changes: Any) -> str:
        """The address' query, with some values changed; an empty value takes its own away."""
        said: dict[str, Any] = {**self._period(), **self._narrowing()}
        said |= {"stack": self.stack} if self.stack != STACKED_BY else {}
        said |= changes
        return urlencode({name: value for name, value in said.items() if _narrows(value)})

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """Of BREAKDOWNS: by token only where there are any."""
        return tuple(name for name in BREAKDOWNS if name != "token" or self.names.tokens)

    def of_period(self, name: str) -> str:
        return self.query(**{"period": name, "from": "", "until": ""})

    def jobs_url(self, **more: Any) -> str:
        """The list of the clips behind a figure. Whom a clip is booked on, the list calls its spender."""
        said = {**self._narrowing(), **more}
        names = {"person": "spender", "outcome": "state"}
        days = {"from": self.period.since, "until": self.period.until}
        query = {**days, **{names.get(name, name): value for name, value in said.items() if _narrows(value)}}
        return f"{reverse('dashboard:job-list')}?{urlencode(query)}"

    @property
    def before(self) -> Filter:
        return self.narrowed.within(*self.period.before)

    def chosen(self) -> Iterator[tuple[str, str, str]]:
        """What it is narrowed to: dimension, name, and the query without it."""
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
    """0 does: see Filter."""
    return value not in (None, "")


def asked(query: QueryDict) -> Question:
    """What cannot be read is left out, and said."""
    reader, names = QueryReader(query), Names()
    period = _period(reader, timezone.localdate())
    narrowed = Filter(
        since=period.since,
        until=period.until,
        person=reader.number("person", names.people, "That person is not in this team: everybody is shown."),
        project=reader.number("project", names.projects, "There is no such project: every project is shown."),
        model=reader.query.get("model", "").replace("\0", ""),
        outcome=reader.text("outcome", OUTCOMES, "There is no outcome “{}”: every outcome is shown."),
        family=reader.query.get("family", "").replace("\0", ""),
        connection=reader.number(
            "connection", names.connections, "There is no such studio: every studio is shown."
        ),
        token=reader.number(
            "token", names.tokens, "There is no such token: what every script and person asked for is shown."
        ),
    )
    stack = query.get("stack", "")
    return Question(period, narrowed, stack if stack in BREAKDOWNS else STACKED_BY, names, reader.complaints)


def _period(reader: QueryReader, today: date) -> Period:
    """The preset that is named, unless other days stand beside it; days alone are days that somebody chose."""
    name = reader.text("period", PRESETS, "There is no period “{}”: this month is shown.")
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
