"""The copy of a job's files, as a little state machine of its own: the only functions that move Job.archive.

waiting → copying            claimed by one worker, under a lease that it renews while it works
copying → copying            the lease ran out, its worker is gone: claimed by another
copying → stored             every file is here
copying → waiting            tried again later; or held, because our own storage is in trouble
copying → waiting            the studio named fresh addresses
copying → lost               nothing more can be tried
lost    → waiting            a person asks for another try, or the studio names another address
lost, waiting → waiting      a person says where the file is
stored  → waiting            a stored file was found missing or damaged

Every move is a compare-and-set on (id, archive, archive_claim): a claim counts one up, so that a worker whose
lease ran out moves nothing any more. A copy that was killed is no failed try. ``archive_after`` is when the row is
next to be taken up: the next try while it waits, the end of the lease while it is copied, None once there is
nothing left to do.
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
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Event, Job, JobFile, Revision

ARCHIVE_MOVES: dict[str, frozenset[str]] = {
    "waiting": frozenset({"copying", "waiting"}),
    "copying": frozenset({"copying", "stored", "waiting", "lost"}),
    "lost": frozenset({"waiting"}),
    "stored": frozenset({"waiting"}),
}

OPEN = ("waiting", "copying")

# What lists show of a job's files stands on the job itself: that of its first one.
SHOWN = ("clip", "poster", "thumb", "preview", "played", "width", "height", "seconds", "size")
NOTHING: Mapping[str, Any] = {name: "" if name in SHOWN[:5] else None for name in SHOWN}


def claim_next(lease: timedelta, connection: Connection | None = None) -> Job | None:
    """The copy that is due longest, claimed; None when none is due. Two workers never get the same one.

    ``connection``: of its jobs only.
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
    """Pages show a copy that waits and one that is made alike: no new revision."""
    until = timezone.now() + lease
    _move(job, "copying", shown=False, archive_after=until, archive_claim=job.archive_claim + 1)
    return job


def renew(job: Job, lease: timedelta) -> None:
    """The worker is still at it."""
    compare_and_set(_as_read(job), job, archive_after=timezone.now() + lease)


@transaction.atomic
def keep_file(job: Job, position: int, url: str, **facts: Any) -> None:
    """One of the job's files is here; the others may be still to come. ``facts`` are JobFile's columns.

    What is made of it is to follow: see studio.jobs.lifecycle.extras.
    """
    if not _as_read(job).filter(pk=job.pk).exists():
        raise Moved(f"The copy of {job} was taken over by another worker.")
    now = timezone.now()
    to_come = {"extras": JobFile.Extras.LOOK, "extras_after": now, "extras_claim": 0, "is_looked_at": False}
    kept = {**to_come, **facts, "url": url, "checked_at": now}
    JobFile.objects.update_or_create(job=job, position=position, defaults=kept)


@transaction.atomic
def stored(job: Job, note: str = "") -> None:
    """Every file of the job is here. ``note``: what could not be had besides, such as a thumbnail."""
    _move(job, "stored", archive_error="", archive_after=None, **first_file(job))
    _tell(job, "stored", f"{_how_many(job.files.count())} {note}".strip())


@transaction.atomic
def try_again(job: Job, sentence: str, at: datetime) -> None:
    """The copy failed; the next try is due at ``at``."""
    tries = job.archive_tries + 1
    _move(job, "waiting", archive_error=sentence, archive_after=at, archive_tries=tries)


@transaction.atomic
def hold(job: Job, sentence: str, at: datetime) -> None:
    """Our own storage is in trouble: no fault of the clip's, so this try does not count."""
    _move(job, "waiting", archive_error=sentence, archive_after=at)


@transaction.atomic
def take_fresh_addresses(
    job: Job, urls: Sequence[str], extras: Sequence[str], sentence: str, at: datetime
) -> None:
    """The studio, asked again, names other addresses: they are tried at ``at``, in the same row of tries.

    A studio may sign an address anew with each answer: that alone is no reason to begin the row again.
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
        _tell(job, "refreshed", "The addresses did not work. The studio named others.")


@transaction.atomic
def take_addresses(job: Job, urls: Sequence[str], extras: Sequence[str]) -> bool:
    """A report names other files than those that could not be had: they are tried. True where it does.

    The same address with another signature is no other file.
    """
    known = {without_query(url) for url in job.result_urls}
    if job.archive not in ("lost", "waiting") or not job.result_urls:
        return False
    if all(without_query(url) in known for url in urls):
        return False
    _start_over(job, "", result_urls=list(urls), extra_urls=list(extras))
    _tell(job, "refreshed", "The studio names other addresses.")
    return True


@transaction.atomic
def use_address(job: Job, url: str, person: Any) -> None:
    """lost or waiting → waiting: a person says where the file is. It takes the place of the first that is missing.

    Raises Moved where nothing is missing any more.
    """
    if not job.takes_an_address or job.archive not in ("lost", "waiting"):
        raise Moved(f"{job} needs no address.")
    kept = set(job.files.values_list("position", flat=True))
    missing = next((n for n in range(len(job.result_urls) + 1) if n not in kept), len(job.result_urls))
    urls = [*job.result_urls[:missing], url, *job.result_urls[missing + 1 :]]
    _start_over(job, "", result_urls=urls)
    _tell(job, "address", "", person)
    record("clip.address_given", by=person, about=f"job:{job.pk}")


@transaction.atomic
def lose(job: Job, sentence: str) -> None:
    """Nothing more can be tried by itself. What could be kept of the job is shown all the same."""
    _move(job, "lost", archive_error=sentence, archive_after=None, **first_file(job))
    _tell(job, "lost", sentence)


@transaction.atomic
def ask_again(job: Job, person: Any) -> None:
    """lost → waiting: the whole row of tries once more, with the question for fresh addresses at its end."""
    if job.archive != "lost":
        raise Moved(f"The copy of {job} is not lost.")
    _start_over(job, "")
    _tell(job, "copy-again", "", person)
    record("clip.copy_asked", by=person, about=f"job:{job.pk}")


@transaction.atomic
def find_missing(file: JobFile, sentence: str) -> None:
    """stored → waiting: what was kept is gone or damaged. It is copied again while the studio still has it.

    With another file of the job it may be waiting already: then this one is made up for along with it.
    """
    job = file.job
    JobFile.objects.filter(pk=file.pk).delete()
    if job.archive == "stored":
        _start_over(job, sentence, **first_file(job))
        _tell(job, "missing", sentence)


def checked(file: JobFile) -> None:
    """The file is here and whole."""
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
    """SHOWN of the job's first file. The lock puts this and a change of that file in an order."""
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


def _tell(job: Job, what: str, detail: str = "", person: Any = None) -> None:
    Event.objects.create(job=job, what=what, detail=detail, person=person)
