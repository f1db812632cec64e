"""The places of the installation: what the rail leads to, and the tabs of those that have several pages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import reverse

from studio.team.models import Member


def everybody(member: Member) -> bool:
    return True


def admins(member: Member) -> bool:
    return member.is_admin


def managers(member: Member) -> bool:
    return member.is_manager


def makers(member: Member) -> bool:
    return member.makes_clips


@dataclass(frozen=True, slots=True)
class Place:
    """A page, by the name of its address below ``dashboard:``, and who may open it."""

    label: str
    url_name: str
    is_for: Callable[[Member], bool] = everybody

    @property
    def url(self) -> str:
        return reverse(f"dashboard:{self.url_name}")


@dataclass(frozen=True, slots=True)
class Section:
    """``badge`` names the counter next to the label: see templatetags.attention. The label links to the first place."""

    label: str
    icon: str
    places: tuple[Place, ...]
    badge: str = ""
    is_minor: bool = False  # in the "More" menu on narrow screens

    def places_of(self, member: Member) -> list[Place]:
        return [place for place in self.places if place.is_for(member)]

    def holds(self, path: str) -> bool:
        return any(path == place.url or is_below(path, place.url) for place in self.places)


SECTIONS = (
    Section("Create", "plus", (Place("Create", "create", makers),)),
    Section("Clips", "list", (Place("Clips", "job-list"),)),
    Section("Attention", "warning", (Place("Attention", "attention-list"),), badge="attention"),
    Section(
        "Credits",
        "coin",
        (
            Place("Spending", "credits"),
            Place("Ledger", "ledger"),
            Place("Budgets", "budget-list"),
            Place("Approvals", "approval-list"),
            Place("Prices", "price-list"),
            Place("Reconciliation", "reconciliation"),
        ),
        badge="approvals",
    ),
    Section(
        "Team",
        "people",
        (
            Place("Board", "board"),
            Place("Projects", "project-list"),
            Place("People", "people-list", admins),
            Place("Audit log", "audit-log", admins),
        ),
    ),
    Section(
        "Models & API",
        "code",
        (
            Place("Models", "model-list"),
            Place("Tokens", "token-list"),
            Place("Reference", "api-reference"),
        ),
        is_minor=True,
    ),
    Section("History", "history", (Place("History", "history"),), is_minor=True),
    Section("Connections", "key", (Place("Connections", "connection-list", admins),), is_minor=True),
)
# These have tabs of their own and are linked from elsewhere, not from the rail.
ASIDE = (
    Section(
        "Notifications",
        "bell",
        (
            Place("Inbox", "notification-list"),
            Place("Settings", "notification-settings"),
            Place("Team webhooks", "team-hooks", admins),
            Place("Deliveries", "delivery-list"),
        ),
    ),
)


def is_below(path: str, url: str) -> bool:
    return url != "/" and path.startswith(url)


def sections_of(member: Member) -> Iterator[Section]:
    return (section for section in SECTIONS if section.places_of(member))


def section_at(path: str) -> Section | None:
    """The section that the page at ``path`` belongs to; None for a page outside of all."""
    return next((section for section in (*SECTIONS, *ASIDE) if section.holds(path)), None)


def place_at(path: str, places: list[Place]) -> Place | None:
    """The most exact of ``places`` that ``path`` is at or below."""
    fitting = [place for place in places if path == place.url or is_below(path, place.url)]
    return max(fitting, key=lambda place: len(place.url), default=None)
