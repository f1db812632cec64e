"""Make what belongs to a kept file: its facts and pictures first, then a version that browsers play.

Two steps and two loops, so that a film of minutes keeps no other clip from its poster. A worker runs one of each.
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
from studio.library.errors import CannotBring, StorageTrouble
from studio.library.extras import look, make_proxy
from studio.worker.steps.lease import LEASE, renewed

log = logging.getLogger("dailies.archive")

MOST_CLAIMS = 3  # of one stage: a file that ends the whole worker each time is left alone
STORAGE_WAIT = timedelta(minutes=1)  # until our own storage is tried again
KILLED = "Not everything could be made of it: the program was stopped each time it was tried."


def look_next() -> bool:
    """Find out what one kept file is, and draw its pictures, if one waits. True when it was tried."""
    return _take(extras.Extras.LOOK, look_at)


def proxy_next() -> bool:
    """Make the version of one kept film that browsers play, if one waits. True when it was tried."""
    return _take(extras.Extras.PROXY, _make_proxy)


def look_at(file: JobFile) -> None:
    """The first stage, of a file that is claimed. Raises CannotBring, StorageTrouble."""
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
    except film.Interrupted:  # the worker is stopping: the next one begins with it
        extras.put_back(file, timezone.now())
    except StorageTrouble as trouble:
        log.warning("%s What is made of %s waits.", trouble.sentence, file, exc_info=trouble)
        extras.put_back(file, timezone.now() + STORAGE_WAIT)
        return False
    except CannotBring as trouble:  # it is gone: the next check of the files sees to that
        extras.give_up(file, trouble.sentence)
    except Moved:
        log.warning("%s was taken over by another worker, or was copied again.", file)
    return True
