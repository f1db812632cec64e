"""Checks over time whether stored files are still intact, and repairs those that are not."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from studio.jobs.lifecycle import archiving, extras
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import JobFile
from studio.library.errors import CannotCopy, StorageTrouble
from studio.library.verify import all_there, fault_of
from studio.worker.steps.extras import look_at
from studio.worker.steps.lease import LEASE

log = logging.getLogger("dailies.archive")

CHECK_EVERY = timedelta(days=30)  # the longest time between two checks of a file
PAUSE = 20.0  # seconds between two checks: about 130,000 files in CHECK_EVERY


@dataclass(frozen=True, slots=True)
class Verdict:
    """``fault`` is a sentence; "" if the file is intact. ``redrawn``: its pictures were missing and were made again."""

    file: JobFile
    fault: str = ""
    redrawn: bool = False


def verify_next() -> None:
    """Check the file whose last check is oldest, if it is due. If the storage is away, it is checked later."""
    due = JobFile.objects.filter(checked_at__lt=timezone.now() - CHECK_EVERY, job__archive="stored")
    file = due.order_by("checked_at").select_related("job").first()
    if file is None:
        return
    try:
        verify(file)
    except StorageTrouble as trouble:
        log.warning("%s %s could not be checked.", trouble.sentence, file)


def verify_all() -> Iterator[Verdict]:
    """Check every file of every stored job. Raises StorageTrouble, which changes nothing."""
    stored = JobFile.objects.filter(job__archive="stored").order_by("pk")  # as of now
    for key in stored.values_list("pk", flat=True):
        if file := JobFile.objects.select_related("job").filter(pk=key).first():
            yield verify(file)


def verify(file: JobFile) -> Verdict:
    """Check a file. One that is missing or damaged is copied again while the studio has it. Missing extras are made
    again: the pictures here, a version for browsers by the worker."""
    if fault := fault_of(file.clip, file.size, file.sha256):
        log.error("%s: %s", file, fault)
        archiving.find_missing(file, fault)
        return Verdict(file, fault)
    archiving.checked(file)
    if file.extras or (file.is_looked_at and all_there(file.all_names)):
        return Verdict(file)
    return Verdict(file, redrawn=_redraw(file))


def _redraw(file: JobFile) -> bool:
    """Make the pictures again. Returns whether that worked."""
    try:
        look_at(extras.claim(extras.begin_again(file), LEASE))
    except CannotCopy as trouble:
        extras.give_up(file, trouble.sentence)
        return False
    except Moved:  # a worker was first
        return False
    return True
