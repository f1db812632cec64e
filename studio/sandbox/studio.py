"""Renders the sandbox's jobs, oldest first, and publishes each outcome at its ``finish_at``.

No step sleeps: jobs wait by timestamps, so that their states can be seen and no job blocks another.
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

LEASE = timedelta(seconds=180)  # longer than an attempt can take
DEADLINE = 120.0  # seconds of wall clock for one clip
MOST_ATTEMPTS = 3
USUAL_SECONDS = 5  # length of a clip if its model has no durations to choose from
FAILED = "The studio could not finish this clip: its render was stopped halfway."
GAVE_UP = "The studio tried this clip several times and could not finish it."


@dataclass(frozen=True, slots=True)
class Pace:
    """The least time a job is pending and processing, and how much ``[sandbox:slow]`` adds to processing."""

    pending: timedelta
    processing: timedelta
    slow: timedelta


PACES = {
    "real": Pace(timedelta(seconds=2), timedelta(seconds=3), timedelta(seconds=45)),
    "instant": Pace(timedelta(0), timedelta(0), timedelta(0)),
}


def render_next(fetch: Fetch) -> bool:
    """Publish due outcomes, or else render one job; False if there was nothing to do. Several workers may call it.

    ``fetch(url, into)`` downloads an input to a local file; its errors have a ``sentence`` for people.
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
    """Render the claimed job's clip, and publish it if its ``finish_at`` has passed."""
    finish_at = _finish_at(job)
    try:
        name = _result(job, fetch)
    except film.Interrupted:
        job.give_back()
        raise
    except Exception as error:
        sentence = getattr(error, "sentence", "")
        if not sentence:
            raise  # a bug of ours: the job is tried again when its lease has expired
        kept = job.made(error_message=sentence, finish_at=finish_at)
    else:
        kept = job.made(result_name=name, finish_at=finish_at)
    if kept and finish_at <= timezone.now():
        job.finish()


def _result(job: SandboxJob, fetch: Fetch) -> str:
    """Render the clip and return its name in the storage. Raises an error with a ``sentence`` if that fails."""
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
    """The URLs of the pictures in the clip, in the order in which it shows them."""
    frames = filter(None, (asked.get("first_frame_url"), asked.get("last_frame_url")))
    return (*frames, *asked.get("reference_image_urls", ()), *asked.input_image_urls)


def _without(unwanted: str, prompt: str) -> str:
    """The prompt without the words of the negative prompt, because a scene is chosen by words."""
    words = {word.strip(".,;:!?").casefold() for word in unwanted.split()}
    kept = [word for word in prompt.split() if word.strip(".,;:!?").casefold() not in words]
    return " ".join(kept) if words else prompt


def _store(job: SandboxJob, clip: Path) -> str:
    name = f"sandbox/{job.job_id}.mp4"
    default_storage.delete(name)  # left by an attempt that was killed while or after storing
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
