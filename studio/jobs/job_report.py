"""A job in the format of the Video Studio API, for scripts and their webhooks.

The shape is that of the API's status answer. Our own states are mapped to the API's: everything that waits here is
``pending``, and a clip that was never made is ``failed`` and cost nothing. Only the owner's scripts get the prompt.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from studio.jobs.models import Job
from studio.jobs.states import JobState
from studio.jobs.visibility.links import result_url

COMPLETED, FAILED = "completed", "failed"
WORDS: Mapping[str, str] = {
    JobState.PROCESSING: "processing",
    JobState.STOPPED: "processing",  # not watched any more, but the studio goes on
    JobState.COMPLETED: COMPLETED,
    **dict.fromkeys(
        (JobState.FAILED, JobState.REJECTED, JobState.DECLINED, JobState.CANCELLED, JobState.ABANDONED),
        FAILED,
    ),
}
NEVER_MADE = (JobState.REJECTED, JobState.DECLINED, JobState.CANCELLED)
WHY = {  # used if there is no other reason
    JobState.REJECTED: "The studio refused the request.",
    JobState.DECLINED: "The request was not approved.",
    JobState.CANCELLED: "The request was cancelled before it was sent.",
    JobState.ABANDONED: "It is unknown whether it was made: its answer was lost, and the request was given up.",
    JobState.FAILED: "The studio could not make this clip.",
}
COPYING_FOR = timedelta(minutes=10)  # after that, the studio's own URLs are better than none


def job_report(job: Job) -> dict[str, Any]:
    """The value of ``job`` in ``GET …/status/{job_id}/``: times as ISO 8601 in UTC, credits, absolute result URLs.

    ``credits_charged`` is None until the studio reports the charge.
    """
    word = word_for(job)
    failed = {"error_message": job.error or WHY[JobState(job.state)]} if word == FAILED else {}
    refunded = {"credits_refunded": _refund(job)} if job.refunded or job.state in NEVER_MADE else {}
    ended = word in (COMPLETED, FAILED)
    return {
        "job_id": str(job.public_id),
        "model_slug": job.model_slug,
        "mode": _mode(job),
        "prompt": job.prompt,
        **{name: value for name, value in job.request.items() if name not in ("model_slug", "prompt")},
        "status": word,
        "result_urls": _results(job) if word == COMPLETED else [],
        "credits_charged": 0 if job.state in NEVER_MADE else job.charged,
        **refunded,
        **failed,
        "provider_meta": {
            "effective_duration_seconds": _duration(job),
            "quality_mode": job.request.get("quality_mode"),
        },
        "created_at": _moment(job.created_at),
        "completed_at": _moment(job.finished_at or job.state_since) if ended else None,
    }


def word_for(job: Job) -> str:
    """The API's state. ``completed`` is reported once the files are here, because scripts fetch them immediately."""
    if job.state == JobState.COMPLETED and job.is_copying and _is_fresh(job.finished_at):
        return "processing"
    return WORDS.get(job.state, "pending")


def is_over(job: Job) -> bool:
    """True if the report is final: the job has ended, and its files are copied or lost."""
    return word_for(job) in (COMPLETED, FAILED) and not job.is_copying


def _is_fresh(finished_at: datetime | None) -> bool:
    return finished_at is not None and timezone.now() - finished_at < COPYING_FOR


def _refund(job: Job) -> bool | int:
    """True for a full refund, else the credits."""
    is_whole = job.refund is None or job.refund >= (job.charged or 0)
    return True if is_whole else int(job.refund or 0)


def _results(job: Job) -> list[str]:
    """URLs of our own copies, or the studio's if there are none."""
    return [result_url(file.clip) for file in job.visible_files] or [
        _absolute(url, job) for url in job.result_urls
    ]


def _absolute(url: str, job: Job) -> str:
    """The sandbox's URLs are paths of this installation, which need a session: make them signed URLs."""
    own = settings.MEDIA_URL
    is_own = url.startswith(own) and job.connection.is_sandbox
    return result_url(url.removeprefix(own)) if is_own else url


def _duration(job: Job) -> int | None:
    """Seconds: as requested; if the studio chose the duration, as measured in the film."""
    return job.request.get("duration_seconds") or (round(job.seconds) if job.seconds else None)


def _mode(job: Job) -> str:
    made_from = "video" if job.request.get("input_video_urls") else "image"
    has_input = job.request.get("input_video_urls") or job.request.get("input_image_urls")
    return f"{made_from}_to_video" if has_input else "text_to_video"


def _moment(at: datetime) -> str:
    return at.isoformat()
