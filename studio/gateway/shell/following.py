"""Follow one clip to its end by reading the database: what somebody at the command line waits with."""

import time
from collections.abc import Callable

from studio.jobs.dispatch.worker_liveness import is_worker_alive
from studio.jobs.job_report import word_for
from studio.jobs.models import Job
from studio.jobs.states import JobState

EVERY = 0.5  # seconds between two looks
NOBODY = "No worker is running: nothing goes on until one does (manage.py up)."


class StillUnderWay(Exception):
    """The time is over; the clip goes on by itself."""


def follow(job: Job, say: Callable[[str], None], seconds: float | None = None) -> Job:
    """The clip once nothing more will happen to it; whatever is new meanwhile is said once, as a line.

    Raises StillUnderWay after so many ``seconds``; None: it waits as long as it takes.
    """
    deadline = time.monotonic() + seconds if seconds is not None else float("inf")
    said = ""
    while True:
        job = Job.objects.get(pk=job.pk)
        if is_over(job):
            return job
        if (line := news(job)) != said:
            say(line)
            said = line
        if (left := deadline - time.monotonic()) <= 0:
            raise StillUnderWay
        time.sleep(min(EVERY, left))


def is_over(job: Job) -> bool:
    """Ended, and its files are here; or they were waited for in vain, which takes ten minutes."""
    return job.is_finished and not is_being_kept(job)


def is_being_kept(job: Job) -> bool:
    return job.state == JobState.COMPLETED and word_for(job) == "processing"


def is_left_alone(job: Job) -> bool:
    """Nobody is there who would go on with it; while it waits for approval, nobody has to be."""
    return job.state != JobState.APPROVAL and not is_worker_alive()


def news(job: Job) -> str:
    """How a clip that is under way stands, in one line."""
    if is_left_alone(job):
        return NOBODY
    if is_being_kept(job):
        return "Ready at the studio; its file is copied here."
    label = JobState(job.state).label
    return f"{label}: {job.error}" if job.error else f"{label}."
