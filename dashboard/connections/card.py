"""The data for the card of one connection."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from dashboard.connections.forms import key_words
from dashboard.connections.words import Told, told
from studio.catalog.connections import has_key, is_from_settings
from studio.catalog.models import Connection
from studio.credits.balance import latest
from studio.credits.models import BalanceReading
from studio.jobs.dispatch.connection_status import (
    ConnectionStatus,
    connection_status,
)
from studio.jobs.dispatch.hourly_quota import HourlyQuota, hourly_quota
from studio.worker.models import Heartbeat

PATIENCE = timedelta(minutes=2)  # for a test: two read requests, each with its retries


@dataclass(frozen=True, slots=True)
class Card:
    """``is_waiting``: a test is running and the card polls. ``gave_up``: why it does not, or ""."""

    connection: Connection
    status: ConnectionStatus
    told: Told
    quota: HourlyQuota | None
    balance: BalanceReading | None
    models: int
    not_understood: int  # models whose records could not be read
    key: str
    has_key: bool
    is_from_settings: bool
    can_be_default: bool
    is_waiting: bool
    gave_up: str


def card(connection: Connection) -> Card:
    stands = connection_status(connection)
    gave_up = _why_given_up(connection) if connection.is_being_tested else ""
    return Card(
        connection=connection,
        status=stands,
        told=told(stands),
        quota=hourly_quota(connection),
        balance=latest(connection.pk),
        models=connection.models.offered().count(),
        not_understood=connection.models.not_understood().count(),
        key=key_words(connection),
        has_key=has_key(connection),
        is_from_settings=is_from_settings(connection),
        can_be_default=can_be_default(connection),
        is_waiting=connection.is_being_tested and not gave_up,
        gave_up=gave_up,
    )


def can_be_default(connection: Connection) -> bool:
    """If the settings name a studio, that one is the default."""
    named = any(map(is_from_settings, Connection.objects.filter(sealed_key="")))
    return has_key(connection) and not connection.is_default and not named


def _why_given_up(connection: Connection) -> str:
    """The worker runs the test: without one, or after a long time, polling stops with a reason."""
    worker = Heartbeat.last_seen()
    if worker is None or worker.is_silent:
        return "The background worker is not running. It tests the connection when it starts."
    if connection.test_asked_at and timezone.now() - connection.test_asked_at > PATIENCE:
        return "The test is taking unusually long. Reload the page later to see the result."
    return ""
