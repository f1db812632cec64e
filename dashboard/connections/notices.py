"""Problems that concern everyone: of the default connection, and of connections with queued clips."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q

from dashboard.connections.words import Told, told
from studio.catalog.models import Connection
from studio.jobs.dispatch.connection_status import connection_status
from studio.jobs.models import Submission
from studio.jobs.states import SubmissionState

WAITING = (SubmissionState.QUEUED, SubmissionState.BLOCKED)


def connection_troubles() -> Iterator[tuple[Connection, Told]]:
    """One per connection with a problem, however many clips are waiting."""
    waiting = Submission.objects.filter(connection=OuterRef("pk"), state__in=WAITING)
    concerned = Connection.objects.filter(Q(is_default=True) | Exists(waiting))
    for connection in concerned.select_related("paused_by").order_by("-is_default", "pk"):
        told_of_it = told(connection_status(connection))
        if told_of_it.label:
            yield connection, told_of_it
