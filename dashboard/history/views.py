"""The copy of the studio's own history, including clips that were made outside this dashboard."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from dashboard.shared.query_reader import whole_number
from dashboard.shared.requests import MemberRequest
from studio.catalog.models import Connection
from studio.credits.models import Difference
from studio.jobs.models import HistoryRecord
from studio.team.models import Member

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """The next page starts after the record ``older``; None on the last page."""

    records: list[HistoryRecord]
    older: int | None


@require_safe
def history(request: MemberRequest) -> HttpResponse:
    """The page, or only the next rows for the link at its end."""
    connections = list(Connection.objects.order_by("-is_default", "name"))
    connection = _chosen(connections, request.GET.get("studio", ""))
    before, complaint = _start(connection, request.GET.get("before", ""))
    page = _page(request.user, connection, before)
    context: dict[str, object] = {
        "connection": connection,
        "connections": connections,
        "page": page,
        "complaint": complaint,
    }
    template = "history/list.html#older"
    if request.htmx.target != "li#older":
        template = "history/list.html"
        context["differences"] = Difference.objects.open().filter(connection=connection)
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _chosen(connections: Iterable[Connection], asked: str) -> Connection | None:
    """The connection in the query string, else the first one, which is the default."""
    connections = list(connections)
    named = [connection for connection in connections if str(connection.pk) == asked]
    return next(iter(named or connections), None)


def _start(connection: Connection | None, asked: str) -> tuple[HistoryRecord | None, str]:
    """The record after which the page starts, and a sentence if it does not exist."""
    if not asked:
        return None, ""
    number = whole_number(asked)
    ours = HistoryRecord.objects.filter(connection=connection)
    record = ours.filter(pk=number).first() if number is not None else None
    return record, "" if record else "This page does not exist. Showing the newest records."


def _page(user: Member, connection: Connection | None, before: HistoryRecord | None) -> Page:
    found = HistoryRecord.objects.for_user(user).filter(connection=connection).select_related("job__owner")
    if before is not None:
        found = found.filter(TupleLessThan(Tuple("made_at", "id"), (before.made_at, before.pk)))
    records = list(found.order_by("-made_at", "-id")[: PAGE + 1])
    return Page(records[:PAGE], records[PAGE - 1].pk if len(records) > PAGE else None)
