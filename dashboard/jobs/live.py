"""Live lists of clips: what a page shows first, and what changed since.

A list is rendered once; then its poller asks for what changed after a revision. A response holds the changed
rows, each morphed into its place; the new ones, put on top; and the poller with its next URL.
It polls every two seconds while anything is unfinished, else every fifteen, so that a colleague's new clip
appears; and immediately on the event ``jobs-changed`` or when the tab is shown again. 204: nothing changed. Most
polls never reach this module: the layer before Django (dashboard/polls) answers them.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.jobs.filter import trusted
from dashboard.jobs.waiting import with_reasons
from dashboard.polls.views import notices_changed, poll, share
from dashboard.shared.query_reader import whole_number
from dashboard.shared.requests import MemberRequest
from studio.jobs.models import Job, Revision
from studio.jobs.queries import JobFilter, JobRow, Moving, changed_rows, is_filtering, moving, rows
from studio.jobs.states import PAID

PAGE = 50
RECENT = 12
MOST_CHANGES = 100  # beyond this the first page is cheaper than its changes
LENGTHS = {"jobs": PAGE, "recent": RECENT}


@dataclass(frozen=True, slots=True)
class LiveList:
    """A list on a page. Jobs with an id above ``newest`` are new; None where new ones must not appear."""

    name: str  # its element's id
    narrowed: JobFilter
    rows: list[JobRow]
    revision: int
    newest: int | None
    moving: Moving
    older: int | None = None  # the next page starts below this job

    @property
    def pause(self) -> int:
        """Seconds between two polls."""
        return 2 if self.moving else 15

    @property
    def length(self) -> int:
        return LENGTHS[self.name]

    @property
    def poll_url(self) -> str:
        return f"{reverse('dashboard:job-changes')}?{urlencode(self._cursor())}"

    @property
    def older_url(self) -> str:
        query = {**query_of(self.narrowed), "before": self.older}
        return f"{reverse('dashboard:job-list')}?{urlencode(query)}"

    def _cursor(self) -> dict[str, Any]:
        newest = {} if self.newest is None else {"newest": self.newest}
        return {"list": self.name, "since": self.revision, **newest, **query_of(self.narrowed)}


def query_of(narrowed: JobFilter) -> dict[str, Any]:
    """The filter as query parameters: its own field names, except ``from`` for ``since``."""
    said = {"from" if name == "since" else name: value for name, value in asdict(narrowed).items()}
    return {name: 1 if value is True else value for name, value in said.items() if is_filtering(name, value)}


def live_list(user: Any, name: str, narrowed: JobFilter, before: int | None = None) -> LiveList:
    """The newest rows, or those below ``before``. The revision is read first: later changes come with the next poll."""
    revision = Revision.current()
    length, among = LENGTHS[name], Job.objects.for_user(user)
    shown = with_reasons(rows(narrowed.jobs(among).before(before).newest_first()[: length + 1]))
    return LiveList(
        name=name,
        narrowed=narrowed,
        rows=shown[:length],
        revision=revision,
        newest=_newest(shown) if before is None else None,
        moving=moving(among, narrowed),
        older=shown[length - 1].id if len(shown) > length else None,
    )


def _newest(found: Iterable[JobRow], known: int = 0) -> int:
    return max(known, *(row.id for row in found), 0)


def recent_context(user: Any) -> dict[str, Any]:
    """For ``jobs/recent.html``: everyone's newest clips, and how many are running."""
    return {"recent": live_list(user, "recent", JobFilter())}


@require_safe
@poll
def job_changes(request: MemberRequest) -> HttpResponse:
    """What changed in a list since ``?since=``; 204 when nothing did."""
    name, since = request.GET.get("list", "jobs"), whole_number(request.GET.get("since", ""))
    if name not in LENGTHS or since is None:
        raise Http404("No such list.")
    newest, narrowed = whole_number(request.GET.get("newest", "")), trusted(request.GET)
    revision = Revision.current()
    changed = _changed(request.user, narrowed, since, revision)
    if changed is None:
        shown = live_list(request.user, name, narrowed)
        return _answer(request, shown.rows, {"live": shown, "whole": shown.rows, "is_paid": True})
    if not changed and not notices_changed(request):
        share(request, ())
        return HttpResponse(status=204)
    context = _changes(narrowed, changed, newest)
    context["is_paid"] = any(row.state in PAID for row in changed)  # else the balance did not change
    context["live"] = LiveList(
        name=name,
        narrowed=narrowed,
        rows=[],
        revision=revision,
        newest=None if newest is None else _newest(context["new"], known=newest),
        moving=moving(Job.objects.for_user(request.user), narrowed),
    )
    return _answer(request, changed, context)


def _changed(user: Any, narrowed: JobFilter, since: int, revision: int) -> list[JobRow] | None:
    """None where the whole list has to be sent."""
    if since == revision:
        return []
    # A cursor ahead of the database is from before a restored backup: the whole page is stale.
    changed = changed_rows(user, since, MOST_CHANGES) if since < revision else None
    return None if changed is None else with_reasons([row for row in changed if narrowed.concerns(row)])


def _answer(request: MemberRequest, sent: Iterable[JobRow], context: dict[str, Any]) -> HttpResponse:
    """A row differs for its owner ("you") and for the person who requested it (private parts); all others share it."""
    context["notices_changed"] = notices_changed(request)
    if not context["notices_changed"]:
        share(request, (pk for row in sent for pk in (row.owner_id, row.spender_id)))
    return render(request, "jobs/changes.html", context)


def _changes(narrowed: JobFilter, changed: list[JobRow], newest: int | None) -> dict[str, Any]:
    """Every changed row is sent, also one that no longer matches the filter: it stays, with its new state.

    With a filter by state a row may start to match. Only the page knows whether it is shown already: it is sent
    as a new one, too, and the page ignores new rows that it already has (static/live.js).
    """
    if newest is None:
        return {"known": changed, "new": []}
    known = [row for row in changed if row.id <= newest]
    new = [row for row in changed if narrowed.fits(row) and (row.id > newest or narrowed.state)]
    return {"known": known, "new": new}
