"""The message on the next page after a change: success, or why it was not made."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib import messages

from dashboard.shared.requests import MemberRequest
from studio.core.errors import UserFacingError
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Job
from studio.jobs.states import JobState


@contextmanager
def change_message(request: MemberRequest, done: str, moved: str | Callable[[], str]) -> Iterator[None]:
    """Context manager around a change. Adds the message ``done``, or a warning if the change failed.

    ``moved`` is the warning if the row had changed in the meantime (Moved); a function is called only then. For a
    UserFacingError, its sentence is the warning.
    """
    try:
        yield
    except Moved:
        messages.warning(request, moved if isinstance(moved, str) else moved())
    except UserFacingError as refusal:
        messages.warning(request, refusal.sentence)
    else:
        messages.success(request, done)


def moved_on(job: Job) -> str:
    """The warning for a decision about a clip whose state has changed."""
    job.refresh_from_db()
    return f"Nothing changed: clip {job.pk} is now “{JobState(job.state).label}”."
