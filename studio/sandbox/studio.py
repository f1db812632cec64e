"""The sandbox at work: takes the oldest waiting job, draws its clip, tells the end when its time has come.

No step ever sleeps. A job waits and finishes by the clock, so that its states can be seen and none blocks another.
"""

import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from studio import film
from studio.contract.request import GenerateRequest
from studio.sandbox import steering
from studio.sandbox.models import SandboxJob

log = logging.getLogger(__name__)

Fetch = Callable[[str, Path], Path]

LEASE = timedelta(seconds=180)  # outlives everything one attempt may take
DEADLINE = 120.0  # seconds of wall clock for one clip
MOST_ATTEMPTS = 3
USUAL_SECONDS = 5  # of a clip of a model that offers no lengths to choose from
FAILED = "The studio could not finish this clip: its render was stopped halfway."
GAVE_UP = "The studio tried this clip several times and could not finish it."


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a job is seen pending and processing at least, and what ``[sandbox:slow]`` adds to that."""

    pending: timedelta
    processing: timedelta
    slow: timedelta


PACES = {
    "real": Pace(timedelta(seconds=2), timedelta(seconds=3), timedelta(seconds=45)),
    "instant": Pace(timedelta(0), timedelta(0), timedelta(0)),
}


def render_next(fetch: Fetch) -> bool:
    """Take one step; True if there was one to take. Safe to call from several workers.

    ``fetch(url, into)`` brings an input to a local file; its errors carry a ``sentence`` for people.
    """
    ended = [job.finish() for job in SandboxJob.objects.due().select_related("account")]
    if any(ended):
        return True
    for job in SandboxJob.objects.waiting(since=_pace().pending).select_related("account")[:5]:
        if job.claim(LEASE):
            _make(job, fetch)
            return True
    return False


def _make(job: SandboxJob, fetch: Fetch) -> None:
    """Draw the claimed job's clip, and finish it if its time has already come."""
    finish_at = _finish_at(job)
    try:
        name = _result(job, fetch)
    except film.Interrupted:
        job.give_back()
        raise
    except Exception as error:
        sentence = getattr(error, "sentence", "")
        if not sentence:
            raise  # ours to mend: the lease runs out, and it is tried again
        kept = job.made(error_message=sentence, finish_at=finish_at)
    else:
        kept = job.made(result_name=name, finish_at=finish_at)
    if kept and finish_at <= timezone.now():
        job.finish()


def _result(job: SandboxJob, fetch: Fetch) -> str:
    """The storage name of the finished clip. Raises an error with a ``sentence`` if there is none to be had."""
    if job.attempt > MOST_ATTEMPTS:
        raise film.FilmError(GAVE_UP)
    if steering.says(job.asked().prompt, steering.FAIL):
        raise film.FilmError(FAILED)
    with tempfile.TemporaryDirectory(prefix="dailies-sandbox-") as folder:
        spec = _spec(job, fetch, Path(folder))
        rendered = film.render(spec, Path(folder), deadline=DEADLINE)
        log.info("Drew %s in %.1f s of CPU.", job.job_id, rendered.cpu_seconds)
        return _store(job, rendered.clip)


def _spec(job: SandboxJob, fetch: Fetch, folder: Path) -> film.RenderSpec:
    asked = job.asked()
    images = [fetch(url, folder / f"image-{n}") for n, url in enumerate(_pictures(asked))]
    videos = [fetch(url, folder / f"video-{n}") for n, url in enumerate(asked.input_video_urls)]
    return film.RenderSpec(
        prompt=_without(asked.get("negative_prompt", ""), asked.prompt),
        duration_seconds=asked.duration_seconds or USUAL_SECONDS,
        aspect_ratio=asked.aspect_ratio,
        quality=asked.quality_mode,
        sound=bool(asked.sound),
        images=tuple(images),
        video=videos[0] if videos else None,
        take=asked.get("seed", job.take()),
    )


def _pictures(asked: GenerateRequest) -> tuple[str, ...]:
    """The addresses that the clip is drawn from, in the order in which it shows them."""
    frames = filter(None, (asked.get("first_frame_url"), asked.get("last_frame_url")))
    return (*frames, *asked.get("reference_image_urls", ()), *asked.input_image_urls)


def _without(unwanted: str, prompt: str) -> str:
    """The prompt without the words of a negative prompt: a scene is chosen by words."""
    words = {word.strip(".,;:!?").casefold() for word in unwanted.split()}
    kept = [word for word in prompt.split() if word.strip(".,;:!?").casefold() not in words]
    return " ".join(kept) if words else prompt


def _store(job: SandboxJob, clip: Path) -> str:
    name = f"sandbox/{job.job_id}.mp4"
    default_storage.delete(name)  # of an attempt that died after storing: the same bytes, or half of them
    with clip.open("rb") as file:
        return default_storage.save(name, File(file))


def _finish_at(job: SandboxJob) -> datetime:
    pace = _pace()
    started = job.started_at or timezone.now()
    return (
        started
        + pace.processing
        + (pace.slow if steering.says(job.asked().prompt, steering.SLOW) else timedelta())
    )


def _pace() -> Pace:
    return PACES[getattr(settings, "SANDBOX_PACE", "real")]
