"""Copy the files of completed jobs into the library, one at a time; a failure is tried again, then told."""

from datetime import datetime, timedelta

from django.utils import timezone

from studio.jobs import machine
from studio.jobs.models import Job
from studio.library.archive import keep
from studio.library.bring import CannotBring

TRIES = 5
FIRST_WAIT = timedelta(seconds=10)


def next_to_archive() -> Job | None:
    waiting = Job.objects.filter(archive="waiting", archive_after__lte=timezone.now())
    return waiting.order_by("archive_after", "id").first()


def archive_next() -> bool:
    """Keep one clip, if one waits. True when it was tried."""
    job = next_to_archive()
    if job is None:
        return False
    try:
        kept = keep(job.result_urls[0])
    except CannotBring as error:
        machine.not_stored(job, error.sentence, _again_at(job))
    else:
        machine.stored(job, **{name: getattr(kept, name) for name in kept.__slots__})
    return True


def _again_at(job: Job) -> datetime | None:
    if job.archive_tries + 1 >= TRIES:
        return None
    return timezone.now() + FIRST_WAIT * 2**job.archive_tries
