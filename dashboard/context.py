"""What every full page shows in its header: the studio and its state, the balance with its age, the notices."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dashboard.notices import notices
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
    """``studio``, a Header or None, and ``notices``: read when a template asks for them: fragments do not pay."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {
        "studio": SimpleLazyObject(header),
        "notices": SimpleLazyObject(lambda: notices(request.user)),
    }


def header() -> Header | None:
    """The default connection with its newest balance; None before there is a connection.

    Two small queries: joined, the database would sort all readings to find the newest.
    """
    found = (
        Connection.objects.filter(is_default=True).values_list("pk", "name", "state", "state_reason").first()
    )
    if found is None:
        return None
    pk, name, state, sentence = found
    trouble = "" if state == Connection.State.WORKING else Connection.State(state).label.lower()
    readings = BalanceReading.objects.filter(connection=pk)
    credits, read_at = readings.values_list("credits", "confirmed_at").first() or (None, None)
    return Header(name, state, trouble, sentence, credits, read_at)
