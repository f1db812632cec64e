"""Copy the files of completed jobs into the library, one job at a time.

Not yet is not never. What goes wrong is tried again for a quarter of an hour with growing pauses, then once an hour
for a day; where an address says that nothing is there, or none is known, the studio is asked for others each time.
Then the copy is lost, and said to be. Thumbnails and the like are tried along with the clips: without them a copy is
whole all the same. What goes wrong with our own storage is not counted against the clip: it waits.
"""

import logging
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from studio.catalog.connections import engine_for, unmasked, usable_connections
from studio.catalog.models import Connection
from studio.contract.addresses import absolute, without_query
from studio.contract.errors import NotFound, StudioError
from studio.jobs.lifecycle import archiving
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Job
from studio.library.archive import keep
from studio.library.errors import CannotBring, StorageTrouble
from studio.library.fetch import own_media_name
from studio.worker.steps.lease import LEASE, renewed

log = logging.getLogger("dailies.archive")

PAUSES = tuple(timedelta(seconds=pause) for pause in (10, 20, 40, 80, 150, 300, 300))  # a quarter of an hour
HOURLY, HOURS = timedelta(hours=1), 24  # after that
TRIES = 1 + len(PAUSES) + HOURS  # in all
STORAGE_WAIT = timedelta(minutes=1)  # until our own storage is tried again
NO_ADDRESS = "The studio says it is ready but gave no address for it."
UNKNOWN_THERE = "The studio no longer knows the job."
OUR_OWN = "The studio gave an address of this installation, which cannot be its file."


def archive_next(connection: Connection | None = None) -> bool:
    """Keep the files of one job, if one waits. True when it was tried. ``connection``: of its jobs only."""
    job = archiving.claim_next(LEASE, connection)
    if job is None:
        return False
    try:
        with renewed(partial(archiving.renew, job)):
            _settle(job, _copy_all(job))
    except StorageTrouble as trouble:
        log.warning("%s The copy of %s waits.", trouble.sentence, job, exc_info=trouble)
        archiving.hold(job, trouble.sentence, timezone.now() + STORAGE_WAIT)
        return False  # the next one would fare no better
    except Moved:  # our lease ran out and another worker goes on
        log.warning("The copy of %s was taken over by another worker.", job)
    return True


def _copy_all(job: Job) -> list[CannotBring]:
    """Keep every file that is not kept yet. Returns what went wrong with the clips; empty: all are here."""
    if not job.result_urls:
        return [CannotBring(NO_ADDRESS, gone=True)]
    kept = {file.position: without_query(file.url) for file in job.files.all()}
    troubles = []
    for position, url in enumerate(job.result_urls):
        if kept.get(position) == without_query(url):
            continue
        try:
            archiving.keep_file(job, position, url, **_brought(job, url))
        except CannotBring as trouble:
            troubles.append(trouble)
    return troubles


def _brought(job: Job, url: str) -> dict[str, Any]:
    """The file is here now; what JobFile says of it. Raises CannotBring.

    What is stored may be older than the way in which addresses are resolved today.
    """
    if not job.connection.is_sandbox:
        url = absolute(url, job.connection.base_url)
        if own_media_name(url):
            raise CannotBring(OUR_OWN, blocked=True)
        url = _with_key(job, url)
    return asdict(keep(url))


def _with_key(job: Job, url: str) -> str:
    """What is kept and shown has the API key blanked in it."""
    try:
        return unmasked(job.connection, url)
    except StudioError as error:
        raise CannotBring(error.sentence) from error


def _settle(job: Job, troubles: list[CannotBring]) -> None:
    if not troubles:
        archiving.stored(job, _keep_extras(job))
        return
    sentence, wait = _sentence(job, troubles), _wait(job, troubles)
    asked = _asked_again(job) if any(trouble.gone or trouble.blocked for trouble in troubles) else Asked()
    sentence = f"{sentence} {asked.sentence}".strip()
    is_first = job.archive_refreshed_at is None
    if asked.is_other_than(job) and (wait or is_first):
        at = timezone.now() + (timedelta() if is_first or wait is None else wait)
        archiving.take_fresh_addresses(job, asked.urls, asked.extras, sentence, at)
    elif wait or asked.is_unanswered:
        archiving.try_again(job, sentence, timezone.now() + (wait or HOURLY))
    else:
        archiving.lose(job, sentence)


def _keep_extras(job: Job) -> str:
    """One try for each, behind the clips. Returns a note on what could not be had; "" when all is here."""
    troubles = []
    for position, url in enumerate(job.extra_urls, len(job.result_urls)):
        try:
            archiving.keep_file(job, position, url, **_brought(job, url))
        except CannotBring as trouble:
            troubles.append(trouble)
    if not troubles:
        return ""
    what = "An extra file" if len(troubles) == 1 else f"{len(troubles)} extra files"
    return f"{what}, such as a thumbnail, could not be copied. {troubles[0].sentence}"


def _sentence(job: Job, troubles: list[CannotBring]) -> str:
    """The first trouble; of several files, with how many of them it keeps away."""
    first, files = troubles[0].sentence, len(job.result_urls)
    return first if files < 2 else f"{len(troubles)} of {files} files could not be copied. {first}"


def _wait(job: Job, troubles: list[CannotBring]) -> timedelta | None:
    """How long until the next try; None when that is pointless: after a day, and for what must not be asked."""
    if all(trouble.blocked for trouble in troubles) or job.archive_tries + 1 >= TRIES:
        return None
    return PAUSES[job.archive_tries] if job.archive_tries < len(PAUSES) else HOURLY


@dataclass(frozen=True, slots=True)
class Asked:
    """What the studio answered when it was asked for the addresses again. ``sentence``: why it named none."""

    urls: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    sentence: str = ""
    is_unanswered: bool = False  # silence says nothing of the clip: it is no reason to give up

    def is_other_than(self, job: Job) -> bool:
        return bool(self.urls) and list(self.urls) != job.result_urls


def _asked_again(job: Job) -> Asked:
    """One status call, at a studio that is still ours."""
    if job.connection not in usable_connections():
        return Asked()
    try:
        told = engine_for(job.connection).status(job.upstream_id or "")
    except NotFound:
        return Asked(sentence=UNKNOWN_THERE)
    except StudioError as error:
        return Asked(sentence=error.sentence, is_unanswered=True)
    return Asked(told.result_urls, told.extra_urls)
