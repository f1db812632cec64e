"""The list of all jobs, with its filters in the address."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from dashboard.attention.held import held
from dashboard.jobs.filter import asked
from dashboard.jobs.live import live_list, query_of
from dashboard.jobs.narrowed import LINKED, narrowed_words
from dashboard.shared.requests import MemberRequest
from studio.jobs.models import Job, JobQuerySet
from studio.jobs.queries import Count, JobFilter, count
from studio.jobs.states import RUNNING, JobState

# The list's filters by state: all clips that are underway share one filter.
ALWAYS = ("", JobFilter.RUNNING_STATES, JobState.COMPLETED.value)
LABELS = {"": "All", JobFilter.RUNNING_STATES: "In progress"} | {
    state.value: str(state.label) for state in JobState if state not in RUNNING
}
SHOWN_IF_SELECTED = {JobFilter.OPEN_STATES: "Unfinished"} | {
    state.value: str(state.label) for state in RUNNING
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A link that filters the list by a state."""

    value: str
    label: str
    url: str
    count: Count
    is_current: bool


@require_safe
def job_list(request: MemberRequest) -> HttpResponse:
    """The page; or, for the link at its end, the next rows."""
    question = asked(request.GET)
    live = live_list(request.user, "jobs", question.narrowed, question.before)
    if request.htmx.target == "li#older":
        response = render(request, "jobs/list.html#older", {"live": live})
    else:
        chips = list(_chips(question.narrowed, Job.objects.for_user(request.user)))
        context = {
            "live": live,
            "before": question.before,
            "chips": chips,
            "count": next(chip.count for chip in chips if chip.is_current),
            "people": question.people,
            "models": question.models,
            "projects": question.projects,
            "complaints": question.complaints,
            "narrowed_words": narrowed_words(question),
            "linked": [
                (name, value) for name, value in query_of(question.narrowed).items() if name in LINKED
            ],
            "held": [each for each in held(request.user) if not each.is_over],
        }
        response = render(request, "jobs/list.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _chips(narrowed: JobFilter, among: JobQuerySet) -> Iterator[Chip]:
    """All, in progress, ready; and every other state that has clips or is selected."""
    for value, label in LABELS.items():
        found = count(replace(narrowed, state=value).jobs(among))
        if found or value in (*ALWAYS, narrowed.state):
            yield Chip(value, label, _address(narrowed, value), found, value == narrowed.state)
    if narrowed.state not in LABELS:
        found = count(narrowed.jobs(among))
        label = SHOWN_IF_SELECTED[narrowed.state]
        yield Chip(narrowed.state, label, _address(narrowed, narrowed.state), found, True)


def _address(narrowed: JobFilter, state: str) -> str:
    said = query_of(replace(narrowed, state=state))
    return reverse("dashboard:job-list") + (f"?{urlencode(said)}" if said else "")
