"""What is still to be made of a kept file, as a queue: the only functions that move JobFile.extras.

(kept)    → look            its facts and pictures are to be made
look      → "" or proxy     they are there, or failed with a note; browsers may need another version
proxy     → ""              that is there, or failed with a note

The file is on its clip's page all along. Every move is a compare-and-set on (id, extras, extras_claim), as the copy's
are: a worker whose lease ran out moves nothing. ``extras_after`` is when the row is next to be taken up.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from studio.core.rows import compare_and_set
from studio.jobs.lifecycle.archiving import first_file
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Job, JobFile, Revision

Extras = JobFile.Extras
SETTLED = ("stored", "lost")  # of Job.archive: its columns show the first file


def due(stage: str) -> QuerySet[JobFile]:
    return JobFile.objects.filter(extras=stage, extras_after__lte=timezone.now())


def claim_next(stage: str, lease: timedelta) -> JobFile | None:
    """The file that waits longest at this stage, claimed; None when none waits."""
    while file := due(stage).order_by("extras_after", "pk").first():
        try:
            return claim(file, lease)
        except Moved:  # another worker was first
            continue
    return None


def claim(file: JobFile, lease: timedelta) -> JobFile:
    """Raises Moved when another worker was first."""
    _move(file, extras_claim=file.extras_claim + 1, extras_after=timezone.now() + lease)
    return file


def renew(file: JobFile, lease: timedelta) -> None:
    """The worker is still at it."""
    compare_and_set(_as_read(file), file, extras_after=timezone.now() + lease)


def put_back(file: JobFile, at: datetime) -> None:
    """It was not the file's fault: this claim does not count."""
    _move(file, extras_claim=file.extras_claim - 1, extras_after=at)


@transaction.atomic
def looked(file: JobFile, facts: Mapping[str, Any], *, needs_proxy: bool) -> None:
    """``facts`` are columns of the file. Pages show them from now on."""
    stage = Extras.PROXY if needs_proxy else Extras.NONE
    _finish(file, stage, {**facts, "notes": list(facts["notes"]), "is_looked_at": True})


@transaction.atomic
def proxied(file: JobFile, played: str, notes: Iterable[str]) -> None:
    """``played`` is "" where no version could be made: the page keeps what it has."""
    _finish(file, Extras.NONE, {"played": played or file.played, "notes": [*file.notes, *notes]})


@transaction.atomic
def give_up(file: JobFile, note: str) -> None:
    """It is not tried again by itself."""
    _finish(file, Extras.NONE, {"notes": [*file.notes, note], "is_looked_at": True})


def begin_again(file: JobFile) -> JobFile:
    """What was made of it is gone, or was never made: from the first stage on. Raises Moved."""
    _move(file, extras=Extras.LOOK, extras_after=timezone.now(), extras_claim=0)
    return file


def _finish(file: JobFile, stage: str, changes: Mapping[str, Any]) -> None:
    after = timezone.now() if stage else None
    _move(file, **changes, extras=stage, extras_after=after, extras_claim=0)
    revision = Revision.bump()  # open pages see it
    job = Job.objects.get(pk=file.job_id)
    shown = first_file(job) if job.archive in SETTLED else {}
    Job.objects.filter(pk=job.pk).update(rev=revision, **shown)


def _as_read(file: JobFile) -> QuerySet[JobFile]:
    return JobFile.objects.filter(extras=file.extras, extras_claim=file.extras_claim)


def _move(file: JobFile, **changes: Any) -> None:
    if not compare_and_set(_as_read(file), file, **changes):
        raise Moved(f"The extras of {file} were moved by another worker.")
