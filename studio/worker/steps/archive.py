"""Copies the files of completed jobs into the library, one job at a time.

A failed copy is tried again for 15 minutes with growing pauses, then hourly for a day. If an address reports that
nothing is there, or none is known, the studio is asked for new ones each time. After that the copy is lost, and the
clip's page says so. Thumbnails and similar files are tried once, with the clips; a copy is complete without them.
Trouble of our own storage does not count against the clip, which waits.
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
from studio.library.errors import CannotCopy, StorageTrouble
from studio.library.fetch import own_media_name
from studio.worker.steps.lease import LEASE, renewed

log = logging.getLogger("dailies.archive")

PAUSES = tuple(timedelta(seconds=pause) for pause in (10, 20, 40, 80, 150, 300, 300))  # 15 minutes
HOURLY, HOURS = timedelta(hours=1), 24  # after PAUSES
TRIES = 1 + len(PAUSES) + HOURS  # in total
STORAGE_WAIT = timedelta(minutes=1)  # until our own storage is tried again
NO_ADDRESS = "The studio says it is ready but gave no address for it."
UNKNOWN_THERE = "The studio no longer knows the job."
OUR_OWN = "The studio gave an address of this installation, which can’t be its file."


def archive_next(connection: Connection | None = None) -> bool:
    """Copy the files of one job, if one waits. True if it was tried. With a ``connection``, only its jobs count."""
    job = archiving.claim_next(LEASE, connection)
    if job is None:
        return False
    try:
        with renewed(partial(archiving.renew, job)):
            _settle(job, _copy_all(job))
    except StorageTrouble as trouble:
        log.warning("%s The copy of %s waits.", trouble.sentence, job, exc_info=trouble)
        archiving.hold(job, trouble.sentence, timezone.now() + STORAGE_WAIT)
        return False  # another copy would fail, too
    except Moved:  # our lease ran out and another worker took over
        log.warning("The copy of %s was taken over by another worker.", job)
    return True


def _copy_all(job: Job) -> list[CannotCopy]:
    """Copy every file that is not stored yet. Returns the failures of clips; empty if all are here."""
    if not job.result_urls:
        return [CannotCopy(NO_ADDRESS, gone=True)]
    kept = {file.position: without_query(file.url) for file in job.files.all()}
    troubles = []
    for position, url in enumerate(job.result_urls):
        if kept.get(position) == without_query(url):
            continue
        try:
            archiving.keep_file(job, position, url, **_store(job, url))
        except CannotCopy as trouble:
            troubles.append(trouble)
    return troubles


def _store(job: Job, url: str) -> dict[str, Any]:
    """Store the file. Returns the columns of its JobFile. Raises CannotCopy.

    The address is resolved again, because the stored one may be older than today's rules.
    """
    if not job.connection.is_sandbox:
        url = absolute(url, job.connection.base_url)
        if own_media_name(url):
            raise CannotCopy(OUR_OWN, blocked=True)
        url = _with_key(job, url)
    return asdict(keep(url))


def _with_key(job: Job, url: str) -> str:
    """The address with the API key, which is masked in everything that we store and show."""
    try:
        return unmasked(job.connection, url)
    except StudioError as error:
        raise CannotCopy(error.sentence) from error


def _settle(job: Job, troubles: list[CannotCopy]) -> None:
    if not troubles:
        archiving.stored(job, _keep_extras(job))
        return
    sentence, wait = _sentence(job, troubles), _wait(job, troubles)
    fresh = (
        _fresh_addresses(job)
        if any(trouble.gone or trouble.blocked for trouble in troubles)
        else FreshAddresses()
    )
    sentence = f"{sentence} {fresh.sentence}".strip()
    is_first = job.archive_refreshed_at is None
    if fresh.is_other_than(job) and (wait or is_first):
        at = timezone.now() + (timedelta() if is_first or wait is None else wait)
        archiving.take_fresh_addresses(job, fresh.urls, fresh.extras, sentence, at)
    elif wait or fresh.is_unanswered:
        archiving.try_again(job, sentence, timezone.now() + (wait or HOURLY))
    else:
        archiving.lose(job, sentence)


def _keep_extras(job: Job) -> str:
    """Try each extra file once, after the clips. Returns a note about those that failed; "" if all are here."""
    troubles = []
    for position, url in enumerate(job.extra_urls, len(job.result_urls)):
        try:
            archiving.keep_file(job, position, url, **_store(job, url))
        except CannotCopy as trouble:
            troubles.append(trouble)
    if not troubles:
        return ""
    what = "An extra file" if len(troubles) == 1 else f"{len(troubles)} extra files"
    return f"{what}, such as a thumbnail, could not be copied. {troubles[0].sentence}"


def _sentence(job: Job, troubles: list[CannotCopy]) -> str:
    """The first failure; for several files, with the number of failed ones."""
    first, files = troubles[0].sentence, len(job.result_urls)
    return first if files < 2 else f"{len(troubles)} of {files} files could not be copied. {first}"


def _wait(job: Job, troubles: list[CannotCopy]) -> timedelta | None:
    """How long until the next try; None if a try is pointless: after a day, or for an address that is blocked."""
    if all(trouble.blocked for trouble in troubles) or job.archive_tries + 1 >= TRIES:
        return None
    return PAUSES[job.archive_tries] if job.archive_tries < len(PAUSES) else HOURLY


@dataclass(frozen=True, slots=True)
class FreshAddresses:
    """The studio's answer to a request for the addresses. ``sentence``: why it gave none."""

    urls: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    sentence: str = ""
    is_unanswered: bool = False  # no answer says nothing about the clip, so it is no reason to give up

    def is_other_than(self, job: Job) -> bool:
        return bool(self.urls) and list(self.urls) != job.result_urls


def _fresh_addresses(job: Job) -> FreshAddresses:
    """Make one status call, if the studio is still connected."""
    if job.connection not in usable_connections():
        return FreshAddresses()
    try:
        report = engine_for(job.connection).status(job.upstream_id or "")
    except NotFound:
        return FreshAddresses(sentence=UNKNOWN_THERE)
    except StudioError as error:
        return FreshAddresses(sentence=error.sentence, is_unanswered=True)
    return FreshAddresses(report.result_urls, report.extra_urls)
