"""The page's filters, read from the query string. Invalid values are ignored with a message."""

from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard.audit.words import group_words
from dashboard.shared.query_reader import whole_number
from studio.audit.models import Entry
from studio.audit.queries import EntryFilter
from studio.team.models import Member


@dataclass(slots=True)
class Asked:
    """``narrowed`` has the valid filters; ``complaints`` are sentences about the ignored ones."""

    narrowed: EntryFilter
    before: int | None = None
    people: list[Member] = field(default_factory=list)
    groups: list[tuple[str, str]] = field(default_factory=list)  # noun, words
    complaints: list[str] = field(default_factory=list)

    @property
    def is_narrowed(self) -> bool:
        return self.narrowed != EntryFilter()

    @property
    def query(self) -> str:
        """The query string without the page, such as "?group=clip&", ready for another parameter."""
        return address_of(self.narrowed)

    @property
    def query_without_about(self) -> str:
        return address_of(replace(self.narrowed, about=""))


def address_of(narrowed: EntryFilter) -> str:
    return f"?{urlencode(said)}&" if (said := query_of(narrowed)) else "?"


def query_of(narrowed: EntryFilter) -> dict[str, str]:
    said = {
        "person": narrowed.person,
        "group": narrowed.group,
        "about": narrowed.about,
        "from": narrowed.since,
        "until": narrowed.until,
    }
    return {name: str(value) for name, value in said.items() if value}


def asked(query: QueryDict) -> Asked:
    """Read ``?person=``, ``?group=``, ``?about=``, ``?from=``, ``?until=`` and ``?before=``. Also lists the choices."""
    complaints: list[str] = []
    people, groups = list(Member.objects.only("name", "email")), _groups()
    person, group = whole_number(query.get("person", "")), query.get("group", "")
    if query.get("person") and person not in {member.pk for member in people}:
        complaints.append("This person is not in the team. Showing everyone’s entries.")
        person = None
    if group and group not in dict(groups):
        complaints.append("There are no entries of this kind. Showing all kinds.")
        group = ""
    since, until = (_day(query.get(name, ""), complaints) for name in ("from", "until"))
    if since and until and since > until:
        complaints.append("The first day is after the last day, so no entries match.")
    narrowed = EntryFilter(person, group, query.get("about", "").strip()[:80], since, until)
    return Asked(narrowed, whole_number(query.get("before", "")), people, groups, complaints)


def _groups() -> list[tuple[str, str]]:
    """The kinds of actions in the log, sorted by label."""
    actions = Entry.objects.order_by("action").values_list("action", flat=True).distinct()
    nouns = {action.partition(".")[0] for action in actions}
    return sorted(((noun, group_words(noun)) for noun in nouns), key=lambda pair: pair[1])


def _day(text: str, complaints: list[str]) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        complaints.append("Dates must look like 2026-01-31. An invalid date was ignored.")
        return None
