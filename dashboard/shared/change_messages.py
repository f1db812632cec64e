"""The message that the next page shows about a change: that it was made, or why it was not."""

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
    """Make a change inside. Adds ``done``, or a warning if it was not possible any more or was refused.

    ``moved`` is the warning if the row had changed in the meantime (Moved); a function is called only then. A refusal
    that carries a sentence (UserFacingError) is shown in its own words.
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
    """The warning for a decision about a clip that is in another state by now."""
    job.refresh_from_db()
    return f"Nothing changed: clip {job.pk} is now “{JobState(job.state).label}”."
