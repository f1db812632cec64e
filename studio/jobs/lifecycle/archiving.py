"""The copies of a job's files, as a state machine of their own: only these functions change Job.archive.

waiting → copying            claimed by one worker, under a lease that it renews while it works
copying → copying            the lease ran out because the worker is gone: another one claims it
copying → stored             every file is here
copying → waiting            tried again later; or on hold, because our own storage is in trouble
copying → waiting            the studio gave new addresses
copying → lost               nothing more can be tried automatically
lost    → waiting            a person requests another try, or the studio gives another address
lost, waiting → waiting      a person enters the file's address
stored  → waiting            a stored file was found to be missing or damaged

Every move is a compare-and-set on (id, archive, archive_claim). A claim increments archive_claim, so a worker whose
lease ran out can move nothing. A copy whose worker was killed does not count as a failed try. ``archive_after`` is
when a worker should next look at the row: the next try while it waits, the end of the lease while it is copied, None
if nothing is left to do.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from studio.audit.log import record
from studio.catalog.models import Connection
from studio.contract.addresses import without_query
from studio.core.rows import compare_and_set
from studio.jobs import notifications
from studio.jobs.lifecycle.moving import Moved, add_event
from studio.jobs.models import Job, JobFile, Revision

ARCHIVE_MOVES: dict[str, frozenset[str]] = {
    "waiting": frozenset({"copying", "waiting"}),
    "copying": frozenset({"copying", "stored", "waiting", "lost"}),
    "lost": frozenset({"waiting"}),
    "stored": frozenset({"waiting"}),
}

OPEN = ("waiting", "copying")

# Lists show a job's first file, so its columns are repeated on the job.
SHOWN = ("clip", "poster", "thumb", "preview", "played", "width", "height", "seconds", "size")
NOTHING: Mapping[str, Any] = {name: "" if name in SHOWN[:5] else None for name in SHOWN}


def claim_next(lease: timedelta, connection: Connection | None = None) -> Job | None:
    """Claim the copy that has been due longest; None if none is due. Two workers never get the same one.

    With a ``connection``, only its jobs count.
    """
    while job := _due(connection):
        try:
            return claim(job, lease)
        except Moved:  # another worker was first
            continue
    return None


def _due(connection: Connection | None) -> Job | None:
    due = Job.objects.filter(archive_after__lte=timezone.now(), archive__in=OPEN)
    if connection:
        due = due.filter(connection=connection)
    return due.select_related("connection").order_by("archive_after", "id").first()


def claim(job: Job, lease: timedelta) -> Job:
    """Without a new revision: pages show a waiting copy and a running one in the same way."""
    until = timezone.now() + lease
    _move(job, "copying", shown=False, archive_after=until, archive_claim=job.archive_claim + 1)
    return job


def renew(job: Job, lease: timedelta) -> None:
    """Extend the lease while the copy runs."""
    compare_and_set(_as_read(job), job, archive_after=timezone.now() + lease)


@transaction.atomic
def keep_file(job: Job, position: int, url: str, **facts: Any) -> None:
    """Save one file of the job; others may follow. ``facts`` are columns of JobFile.

    Its pictures are made later: see studio.jobs.lifecycle.extras. Raises Moved.
    """
    if not _as_read(job).filter(pk=job.pk).exists():
        raise Moved(f"The copy of {job} was taken over by another worker.")
    now = timezone.now()
    to_come = {"extras": JobFile.Extras.LOOK, "extras_after": now, "extras_claim": 0, "is_looked_at": False}
    kept = {**to_come, **facts, "url": url, "checked_at": now}
    JobFile.objects.update_or_create(job=job, position=position, defaults=kept)


@transaction.atomic
def stored(job: Job, note: str = "") -> None:
    """Every file of the job is here. ``note`` names extra files that could not be copied, such as a thumbnail."""
    _move(job, "stored", archive_error="", archive_after=None, **first_file(job))
    add_event(job, "stored", f"{_how_many(job.files.count())} {note}".strip())


@transaction.atomic
def try_again(job: Job, sentence: str, at: datetime) -> None:
    """The copy failed; the next try is due at ``at``."""
    tries = job.archive_tries + 1
    _move(job, "waiting", archive_error=sentence, archive_after=at, archive_tries=tries)


@transaction.atomic
def hold(job: Job, sentence: str, at: datetime) -> None:
    """Our own storage is in trouble. That is not the clip's fault, so this try does not count."""
    _move(job, "waiting", archive_error=sentence, archive_after=at)


@transaction.atomic
def take_fresh_addresses(
    job: Job, urls: Sequence[str], extras: Sequence[str], sentence: str, at: datetime
) -> None:
    """The studio gave other addresses: try them at ``at``, as part of the same series of tries.

    Some studios sign an address differently in each answer, so new addresses alone do not restart the series.
    """
    is_first = job.archive_refreshed_at is None
    _move(
        job,
        "waiting",
        result_urls=list(urls),
        extra_urls=list(extras),
        archive_error=sentence,
        archive_refreshed_at=timezone.now(),
        archive_after=at,
        archive_tries=job.archive_tries + 1,
    )
    if is_first:
        add_event(job, "refreshed", "The addresses did not work. The studio gave new ones.")


@transaction.atomic
def take_addresses(job: Job, urls: Sequence[str], extras: Sequence[str]) -> bool:
    """Try again if a report has other files than those that could not be copied. Returns True if it does.

    The same address with another signature is not another file.
    """
    known = {without_query(url) for url in job.result_urls}
    if job.archive not in ("lost", "waiting") or not job.result_urls:
        return False
    if all(without_query(url) in known for url in urls):
        return False
    _start_over(job, "", result_urls=list(urls), extra_urls=list(extras))
    add_event(job, "refreshed", "The studio gave other addresses.")
    return True


@transaction.atomic
def use_address(job: Job, url: str, person: Any) -> None:
    """lost or waiting → waiting: a person entered the file's address. It replaces the first missing one.

    Raises Moved if no file is missing.
    """
    if not job.takes_an_address or job.archive not in ("lost", "waiting"):
        raise Moved(f"{job} needs no address.")
    kept = set(job.files.values_list("position", flat=True))
    missing = next((n for n in range(len(job.result_urls) + 1) if n not in kept), len(job.result_urls))
    urls = [*job.result_urls[:missing], url, *job.result_urls[missing + 1 :]]
    _start_over(job, "", result_urls=urls)
    add_event(job, "address", "", person)
    record("clip.address_given", by=person, about=f"job:{job.pk}")


@transaction.atomic
def lose(job: Job, sentence: str) -> None:
    """Nothing more can be tried automatically. The files that were stored are still shown."""
    _move(job, "lost", archive_error=sentence, archive_after=None, **first_file(job))
    add_event(job, "lost", sentence)


@transaction.atomic
def ask_again(job: Job, person: Any) -> None:
    """lost → waiting: restart the series of tries, including the request for new addresses at its end."""
    if job.archive != "lost":
        raise Moved(f"The copy of {job} is not lost.")
    _start_over(job, "")
    add_event(job, "copy-again", "", person)
    record("clip.copy_asked", by=person, about=f"job:{job.pk}")


@transaction.atomic
def find_missing(file: JobFile, sentence: str) -> None:
    """stored → waiting: a stored file is gone or damaged. It is copied again while the studio still has it.

    If another file of the job is already missing, the job is waiting and this file is copied along with it.
    """
    job = file.job
    JobFile.objects.filter(pk=file.pk).delete()
    if job.archive == "stored":
        _start_over(job, sentence, **first_file(job))
        add_event(job, "missing", sentence)


def checked(file: JobFile) -> None:
    """Note that the file is here and undamaged."""
    JobFile.objects.filter(pk=file.pk).update(checked_at=timezone.now())


def _start_over(job: Job, sentence: str, **changes: Any) -> None:
    now = timezone.now()
    _move(
        job,
        "waiting",
        archive_error=sentence,
        archive_after=now,
        archive_tries=0,
        archive_refreshed_at=None,
        **changes,
    )


def first_file(job: Job) -> dict[str, Any]:
    """The columns SHOWN of the job's first file. The lock orders this and a change of that file."""
    first = job.files.select_for_update().order_by("position").values(*SHOWN).first()
    return dict(first or NOTHING)


def _how_many(files: int) -> str:
    return "A copy is kept here." if files == 1 else f"Copies of all {files} files are kept here."


def _as_read(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(archive=job.archive, archive_claim=job.archive_claim)


def _move(job: Job, to: str, *, shown: bool = True, **changes: Any) -> None:
    if to not in ARCHIVE_MOVES.get(job.archive, ()):
        raise Moved(f"The copy of {job} cannot become {to}.")
    changes = {"archive": to, **changes}
    with transaction.atomic():
        revision = {"rev": Revision.bump()} if shown else {}
        if not compare_and_set(_as_read(job), job, **changes, **revision):
            raise Moved(f"The copy of {job} was moved by another worker.")
        notifications.notify_scripts(job)
