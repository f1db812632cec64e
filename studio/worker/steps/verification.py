"""Look, little by little, whether the files that are kept are still whole; and see to those that are not."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from studio.jobs.lifecycle import archiving, extras
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import JobFile
from studio.library.errors import CannotBring, StorageTrouble
from studio.library.verify import all_there, fault_of
from studio.worker.steps.extras import look_at
from studio.worker.steps.lease import LEASE

log = logging.getLogger("dailies.archive")

CHECK_EVERY = timedelta(days=30)  # how old the last look at a file may become
PAUSE = 20.0  # seconds between two looks of the worker: some 130,000 files in CHECK_EVERY


@dataclass(frozen=True, slots=True)
class Verdict:
    """``fault`` is a sentence; "" when the file is whole. ``redrawn``: its pictures were missing and are back."""

    file: JobFile
    fault: str = ""
    redrawn: bool = False


def verify_next() -> None:
    """Look at the file that was looked at longest ago, if it is due. A storage that is away is looked at later."""
    due = JobFile.objects.filter(checked_at__lt=timezone.now() - CHECK_EVERY, job__archive="stored")
    file = due.order_by("checked_at").select_related("job").first()
    if file is None:
        return
    try:
        verify(file)
    except StorageTrouble as trouble:
        log.warning("%s %s could not be checked.", trouble.sentence, file)


def verify_all() -> Iterator[Verdict]:
    """Every file of every stored job. Raises StorageTrouble, with nothing changed by it."""
    stored = JobFile.objects.filter(job__archive="stored").order_by("pk")  # as it is now, at the beginning
    for key in stored.values_list("pk", flat=True):
        if file := JobFile.objects.select_related("job").filter(pk=key).first():
            yield verify(file)


def verify(file: JobFile) -> Verdict:
    """A file that is gone or damaged is copied again while the studio has it; what was made of it and is gone, or
    was never made, is made now: the pictures here, a version that browsers play by the worker."""
    if fault := fault_of(file.clip, file.size, file.sha256):
        log.error("%s: %s", file, fault)
        archiving.find_missing(file, fault)
        return Verdict(file, fault)
    archiving.checked(file)
    if file.extras or (file.is_looked_at and all_there(file.all_names)):
        return Verdict(file)
    return Verdict(file, redrawn=_redraw(file))


def _redraw(file: JobFile) -> bool:
    """Whether that worked."""
    try:
        look_at(extras.claim(extras.begin_again(file), LEASE))
    except CannotBring as trouble:
        extras.give_up(file, trouble.sentence)
        return False
    except Moved:  # a worker was first
        return False
    return True
