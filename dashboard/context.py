"""The context of every page's header: the studio and its status, the balance and its age, the notices."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dashboard.connections.words import Told, told
from dashboard.notices import notices
from studio.catalog.models import Connection
from studio.credits.models import BalanceReading
from studio.jobs.dispatch.connection_status import ConnectionStatus, connection_status
from studio.team.models import Member


@dataclass(frozen=True)
class Header:
    """``credits`` and ``read_at`` are None until the studio has reported its balance.

    ``status`` is computed only if a template uses it: live lists render just the balance.
    """

    connection: Connection
    credits: int | None
    read_at: datetime | None

    @property
    def name(self) -> str:
        return self.connection.name

    @cached_property
    def status(self) -> ConnectionStatus:
        return connection_status(self.connection)

    @property
    def told(self) -> Told:
        return told(self.status)

    @property
    def trouble(self) -> str:
        """ "" if there is no problem."""
        return self.told.label


def studio(request: HttpRequest) -> dict[str, Any]:
    """``studio``, a Header or None, and ``notices``. Both are lazy, so that fragments need no queries for them."""
    user = getattr(request, "user", None)
    if not isinstance(user, Member):
        return {}
    return {
        "studio": SimpleLazyObject(header),
        "notices": SimpleLazyObject(lambda: notices(user)),
    }


def header() -> Header | None:
    """The default connection with its newest balance; None before there is a connection.

    Two small queries: with a join, the database would sort all readings to find the newest.
    """
    connection = Connection.objects.filter(is_default=True).first()
    if connection is None:
        return None
    readings = BalanceReading.objects.filter(connection=connection)
    credits, read_at = readings.values_list("credits", "confirmed_at").first() or (None, None)
    return Header(connection, credits, read_at)
