"""Makes the extras of a stored file: first facts and pictures, then a version for browsers.

These are two steps in two loops, so that a long film does not delay the posters of other clips. A worker runs one of
each.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from functools import partial

from django.utils import timezone

from studio import film
from studio.jobs.lifecycle import extras
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import JobFile
from studio.library.errors import CannotCopy, StorageTrouble
from studio.library.extras import look, make_proxy
from studio.worker.steps.lease import LEASE, renewed

log = logging.getLogger("dailies.archive")

MOST_CLAIMS = 3  # per stage: a file that kills the worker each time is given up
STORAGE_WAIT = timedelta(minutes=1)  # until our own storage is tried again
KILLED = "Processing this file failed: the program was stopped at each try."


def look_next() -> bool:
    """Find out the facts of one stored file and make its pictures, if one waits. True if it was tried."""
    return _take(extras.Extras.LOOK, look_at)


def proxy_next() -> bool:
    """Make the browser version of one stored film, if one waits. True if it was tried."""
    return _take(extras.Extras.PROXY, _make_proxy)


def look_at(file: JobFile) -> None:
    """Run the first stage for a claimed file. Raises CannotCopy, StorageTrouble."""
    seen = look(file.clip, file.sha256)
    extras.looked(file, asdict(seen), needs_proxy=seen.needs_proxy)


def _make_proxy(file: JobFile) -> None:
    made = make_proxy(file.clip, file.sha256)
    extras.proxied(file, made.played, made.notes)


def _take(stage: str, work: Callable[[JobFile], None]) -> bool:
    file = extras.claim_next(stage, LEASE)
    if file is None:
        return False
    try:
        if file.extras_claim > MOST_CLAIMS:
            extras.give_up(file, KILLED)
            return True
        with renewed(partial(extras.renew, file)):
            work(file)
    except film.Interrupted:  # the worker is stopping; the next one starts with this file
        extras.put_back(file, timezone.now())
    except StorageTrouble as trouble:
        log.warning("%s The extras of %s wait.", trouble.sentence, file, exc_info=trouble)
        extras.put_back(file, timezone.now() + STORAGE_WAIT)
        return False
    except CannotCopy as trouble:  # the file is missing: the next verification handles that
        extras.give_up(file, trouble.sentence)
    except Moved:
        log.warning("%s was taken over by another worker, or was copied again.", file)
    return True
