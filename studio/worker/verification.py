"""Look, little by little, whether the files that are kept are still whole; and see to those that are not."""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from studio.jobs import archiving
from studio.jobs.models import JobFile
from studio.library.archive import keep
from studio.library.errors import CannotBring, StorageTrouble
from studio.library.verify import all_there, fault_of

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
    """A file that is gone or damaged is copied again while the studio has it; lost pictures are drawn anew."""
    if fault := fault_of(file.clip, file.size, file.sha256):
        log.error("%s: %s", file, fault)
        archiving.find_missing(file, fault)
        return Verdict(file, fault)
    if all_there((file.poster, file.thumb, file.preview)):
        archiving.checked(file)
        return Verdict(file)
    return Verdict(file, redrawn=_redraw(file))


def _redraw(file: JobFile) -> bool:
    try:
        archiving.checked(file, **asdict(keep(f"{settings.MEDIA_URL}{file.clip}")))
    except CannotBring as trouble:
        log.warning("The pictures of %s could not be drawn anew: %s", file, trouble.sentence)
        archiving.checked(file)
        return False
    return True
