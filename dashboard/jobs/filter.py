"""The filters of the job list, read from its address. What cannot be read is left out, and said."""

from dataclasses import dataclass, field

from django.http import QueryDict

from studio.catalog.models import StudioModel
from studio.jobs.queries import JobFilter
from studio.jobs.states import JobState
from studio.team.models import Member

STATES = {*JobState.values, JobFilter.RUNNING_STATES}


@dataclass(slots=True)
class Asked:
    """``narrowed`` is what could be read; ``complaints`` are sentences about the rest."""

    narrowed: JobFilter
    before: int | None = None
    people: list[Member] = field(default_factory=list)
    models: list[tuple[str, str]] = field(default_factory=list)  # slug, name
    complaints: list[str] = field(default_factory=list)


def whole_number(text: str) -> int | None:
    """A number that fits every database, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def asked(query: QueryDict) -> Asked:
    """``?state=``, ``?person=``, ``?model=`` and ``?before=``, with the choices that the page offers."""
    people = list(Member.objects.only("name", "email"))
    models = list(dict(StudioModel.objects.order_by("name").values_list("slug", "name")).items())
    complaints = []
    state, model = query.get("state", ""), query.get("model", "")
    person, before = query.get("person", ""), query.get("before", "")
    if state and state not in STATES:
        complaints.append(f"There is no state “{_short(state)}”: clips in every state are shown.")
        state = ""
    if person and whole_number(person) not in {member.pk for member in people}:
        complaints.append("That person is not in this team: everybody’s clips are shown.")
        person = ""
    if model and model not in dict(models):
        complaints.append(f"There is no model “{_short(model)}”: clips of every model are shown.")
        model = ""
    if before and whole_number(before) is None:
        complaints.append("That page was not found: the newest clips are shown.")
    narrowed = JobFilter(state=state, person=whole_number(person), model=model)
    return Asked(narrowed, whole_number(before), people, models, complaints)


def trusted(query: QueryDict) -> JobFilter:
    """As ``asked``, without looking anything up: for the poller, whose address we wrote ourselves."""
    state = query.get("state", "")
    return JobFilter(
        state=state if state in STATES else "",
        person=whole_number(query.get("person", "")),
        model=query.get("model", ""),
    )


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
