"""What every full page shows in its header: which studio, in what state, and the balance with its age."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from studio.catalog.models import Connection
from studio.credits.models import BalanceReading


@dataclass(frozen=True, slots=True)
class Header:
    """``credits`` and ``read_at`` are None until the upstream has told its balance."""

    name: str
    state: str  # one of Connection.State
    trouble: str  # "" while it works
    sentence: str
    credits: int | None
    read_at: datetime | None


def studio(request: HttpRequest) -> dict[str, Any]:
    """``studio``, a Header or None: read when a template first asks for it, so that fragments do not pay."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {"studio": SimpleLazyObject(header)}


def header() -> Header | None:
    """The default connection with its newest balance, in one query; None before there is a connection."""
    newest = BalanceReading.objects.filter(connection=OuterRef("pk"))
    found = (
        Connection.objects.filter(is_default=True)
        .annotate(
            credits=Subquery(newest.values("credits")[:1]),
            read_at=Subquery(newest.values("confirmed_at")[:1]),
        )
        .first()
    )
    if found is None:
        return None
    trouble = "" if found.is_working else found.get_state_display().lower()
    return Header(
        name=found.name,
        state=found.state,
        trouble=trouble,
        sentence=found.state_reason,
        credits=found.credits,
        read_at=found.read_at,
    )
