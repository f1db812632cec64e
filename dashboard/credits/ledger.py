"""The ledger's page: every entry of a period, newest day first, with a running total."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from dashboard.credits.question import Question, asked
from dashboard.credits.views import filter_context
from dashboard.shared.query_reader import QueryReader, whole_number
from dashboard.shared.requests import MemberRequest
from studio.credits.models import Entry
from studio.credits.statement import GROUPS, Line, entries, lines, total

PAGE = 100
GROUP_WORDS = {
    "held": "Held and released",
    "charged": "Charged",
    "refunded": "Refunded",
    "topped_up": "Topped up",
    "adjusted": "Adjusted",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """``question`` has no outcome: entries were written before the outcome was known."""

    question: Question
    group: str  # of kinds: one of GROUPS, or ""

    def query(self, **changes: Any) -> str:
        return self.question.query(**{"kind": self.group, **changes})

    @property
    def total(self) -> int:
        return total(self.question.narrowed, self.group)

    def entries(self, below: Entry | None = None) -> QuerySet[Entry]:
        found = entries(self.question.narrowed, self.group, below)
        return found.select_related("person", "project", "connection", "booked_by", "token__owner")


@require_safe
def ledger(request: MemberRequest) -> HttpResponse:
    """The page; or, for the link at its end, the next entries."""
    statement = asked_statement(request)
    before = Entry.objects.filter(pk=whole_number(request.GET.get("before", "")) or 0).first()
    page = list(statement.entries(before)[: PAGE + 1])
    context = {
        "lines": _lines(page[:PAGE], statement),
        "older": statement.query(before=page[PAGE - 1].pk) if len(page) > PAGE else "",
        "names": statement.question.names,
    }
    if request.htmx.target == "tr#older":
        response = render(request, "credits/ledger.html#older", context)
    else:
        response = render(
            request, "credits/ledger.html", {**context, **_around(statement), "is_newest": before is None}
        )
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def asked_statement(request: MemberRequest) -> Statement:
    question = asked(request.GET)
    reader = QueryReader(request.GET, question.complaints)
    group = reader.text("kind", GROUPS, "There is no type “{}”. Showing all types.")
    return Statement(replace(question, narrowed=replace(question.narrowed, outcome="")), group)


def _lines(page: list[Entry], statement: Statement) -> list[tuple[Line, str]]:
    """Each with the name of its model."""
    models = statement.question.names
    found = lines(page, statement.question.narrowed, statement.group)
    return [(line, models.of("model", line.entry.model_slug)) for line in found]


def _around(statement: Statement) -> dict[str, Any]:
    context = filter_context(statement.question)
    shown = [select for select in context["selects"] if select[0] != "outcome"]
    kinds = ("kind", "Type", "All types", list(GROUP_WORDS.items()))
    presets = [
        (label, f"{query}&kind={statement.group}" if statement.group else query, is_chosen)
        for label, query, is_chosen in context["presets"]
    ]
    chosen = [(name, word, statement.query(**{name: ""})) for name, word, _ in context["chosen"]]
    if statement.group:
        chosen.append(("kind", GROUP_WORDS[statement.group], statement.query(kind="")))
    return {
        **context,
        "query": statement.query(),
        "presets": presets,
        "chosen": chosen,
        "selects": [kinds, *shown],
        "values": {**context["values"], "kind": statement.group},
        "total": statement.total,
    }
