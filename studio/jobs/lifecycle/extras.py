"""What is still to be made from a stored file, as a queue: only these functions change JobFile.extras.

(stored)  → look            its facts and pictures are to be made
look      → "" or proxy     they are made, or failed with a note; browsers may need another version
proxy     → ""              that is made, or failed with a note

The clip's page shows the file all the while. Every move is a compare-and-set on (id, extras, extras_claim), like those
of the copy: a worker whose lease ran out can move nothing. ``extras_after`` is when a worker should next look at the
row.
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
    """Claim the file that has waited longest at this stage; None if none waits."""
    while file := due(stage).order_by("extras_after", "pk").first():
        try:
            return claim(file, lease)
        except Moved:  # another worker was first
            continue
    return None


def claim(file: JobFile, lease: timedelta) -> JobFile:
    """Raises Moved if another worker was first."""
    _move(file, extras_claim=file.extras_claim + 1, extras_after=timezone.now() + lease)
    return file


def renew(file: JobFile, lease: timedelta) -> None:
    """Extend the lease while the work runs."""
    compare_and_set(_as_read(file), file, extras_after=timezone.now() + lease)


def put_back(file: JobFile, at: datetime) -> None:
    """It was not the file's fault: this claim does not count."""
    _move(file, extras_claim=file.extras_claim - 1, extras_after=at)


@transaction.atomic
def looked(file: JobFile, facts: Mapping[str, Any], *, needs_proxy: bool) -> None:
    """Save the file's facts and pictures (``facts`` are its columns). Pages show them from now on."""
    stage = Extras.PROXY if needs_proxy else Extras.NONE
    _finish(file, stage, {**facts, "notes": list(facts["notes"]), "is_looked_at": True})


@transaction.atomic
def proxied(file: JobFile, played: str, notes: Iterable[str]) -> None:
    """Save the proxy's name. ``played`` is "" if no version could be made: the page keeps what it has."""
    _finish(file, Extras.NONE, {"played": played or file.played, "notes": [*file.notes, *notes]})


@transaction.atomic
def give_up(file: JobFile, note: str) -> None:
    """It is not tried again automatically."""
    _finish(file, Extras.NONE, {"notes": [*file.notes, note], "is_looked_at": True})


def begin_again(file: JobFile) -> JobFile:
    """Restart at the first stage: what was made is gone, or was never made. Raises Moved."""
    _move(file, extras=Extras.LOOK, extras_after=timezone.now(), extras_claim=0)
    return file


def _finish(file: JobFile, stage: str, changes: Mapping[str, Any]) -> None:
    after = timezone.now() if stage else None
    _move(file, **changes, extras=stage, extras_after=after, extras_claim=0)
    revision = Revision.bump()  # makes open pages pick it up
    job = Job.objects.get(pk=file.job_id)
    shown = first_file(job) if job.archive in SETTLED else {}
    Job.objects.filter(pk=job.pk).update(rev=revision, **shown)


def _as_read(file: JobFile) -> QuerySet[JobFile]:
    return JobFile.objects.filter(extras=file.extras, extras_claim=file.extras_claim)


def _move(file: JobFile, **changes: Any) -> None:
    if not compare_and_set(_as_read(file), file, **changes):
        raise Moved(f"The extras of {file} were moved by another worker.")
