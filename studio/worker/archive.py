"""Copy the files of completed jobs into the library, one job at a time.

What goes wrong with an address is tried again, ever more rarely. When nothing is left to try the studio is asked
once for fresh addresses; after those the copy is lost, and said to be. What goes wrong with our own storage is
not counted against the clip: it waits.
"""

import logging
from dataclasses import asdict
from datetime import timedelta
from functools import partial

from django.utils import timezone

from studio.catalog.connections import engine_for, usable_connections
from studio.contract.errors import NotFound, StudioError
from studio.jobs import archiving
from studio.jobs.models import Job
from studio.jobs.moving import Moved
from studio.library.archive import keep
from studio.library.errors import CannotBring, StorageTrouble
from studio.worker.lease import LEASE, renewed

log = logging.getLogger("dailies.archive")

TRIES, TRIES_WHEN_GONE = 7, 2  # in all, before the studio is asked for fresh addresses: hours, seconds
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=3)
STORAGE_WAIT = timedelta(minutes=1)  # until our own storage is tried again
REFRESH_WAIT = timedelta(minutes=10)  # until a studio that did not answer is asked again
NO_ADDRESS = "The studio says it is ready but gave no address for it."
UNKNOWN_THERE = "The studio does not know the job any more."


def archive_next() -> bool:
    """Keep the files of one job, if one waits. True when it was tried."""
    job = archiving.claim_next(LEASE)
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
    """Keep every file that is not kept yet. Returns what went wrong, file by file; empty: all are here."""
    if not job.result_urls:
        return [CannotBring(NO_ADDRESS, blocked=True)]
    kept = {file.position: file.url for file in job.files.all()}
    troubles = []
    for position, url in enumerate(job.result_urls):
        if kept.get(position) == url:
            continue
        try:
            archiving.keep_file(job, position, url, **asdict(keep(url)))
        except CannotBring as trouble:
            troubles.append(trouble)
    return troubles


def _settle(job: Job, troubles: list[CannotBring]) -> None:
    if not troubles:
        archiving.stored(job)
        return
    sentence = _sentence(job, troubles)
    if wait := _wait(job, troubles):
        archiving.try_again(job, sentence, timezone.now() + wait)
    elif job.archive_refreshed_at is None:
        _ask_for_fresh_addresses(job, sentence)
    else:
        archiving.lose(job, sentence)


def _sentence(job: Job, troubles: list[CannotBring]) -> str:
    """The first trouble; of several files, with how many of them it keeps away."""
    first, files = troubles[0].sentence, len(job.result_urls)
    return first if files < 2 else f"{len(troubles)} of {files} files could not be copied. {first}"


def _wait(job: Job, troubles: list[CannotBring]) -> timedelta | None:
    """How long until the next try of the same addresses; None when that is pointless.

    An address that must not be asked is not asked again. One that says it is gone gets a second chance: a file
    just made may take a moment to appear everywhere. Whatever may pass gets hours.
    """
    tries = job.archive_tries + 1
    hopeful = [trouble for trouble in troubles if not trouble.blocked]
    most = TRIES if any(not trouble.gone for trouble in hopeful) else TRIES_WHEN_GONE
    if not hopeful or tries >= most:
        return None
    return min(FIRST_WAIT * 4 ** (tries - 1), LONGEST_WAIT)


def _ask_for_fresh_addresses(job: Job, sentence: str) -> None:
    """One status call. A studio that does not answer is asked again: silence says nothing of the clip."""
    if job.connection not in usable_connections():
        archiving.lose(job, sentence)
        return
    try:
        urls = engine_for(job.connection).status(job.upstream_id or "").result_urls
    except NotFound:
        archiving.lose(job, f"{sentence} {UNKNOWN_THERE}")
    except StudioError as error:
        archiving.try_again(job, f"{sentence} {error.sentence}", timezone.now() + REFRESH_WAIT)
    else:
        if urls and list(urls) != job.result_urls:
            archiving.take_fresh_addresses(job, urls)
        else:
            archiving.lose(job, sentence)
