"""What the API answers, decoded: acceptance, a job's report, the history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from studio.contract.capability import Unreadable

JOB_STATES = ("pending", "processing", "completed", "failed")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A generate request that was taken. ``job_ids`` are distinct and never empty."""

    job_ids: tuple[str, ...]
    credits_remaining: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)
    server_time: datetime | None = field(default=None, compare=False)  # the upstream's clock, UTC


@dataclass(frozen=True, slots=True)
class JobReport:
    """One job as status or a history row gives it.

    ``state`` is one of JOB_STATES, or None when the upstream used another word: ``state_word`` keeps it.
    Times are aware datetimes in UTC. ``credits_refunded`` is None where the answer is silent.
    """

    job_id: str
    state: str | None
    state_word: str = ""
    model_slug: str = ""
    prompt: str = ""
    result_urls: tuple[str, ...] = ()
    error_message: str = ""
    credits_charged: int | None = None
    credits_refunded: bool | None = None
    created_at: datetime | None = None
    completed_at: datetime | None = None
    duration_seconds: int | None = None
    quality_mode: str = ""
    aspect_ratio: str = ""
    input_urls: tuple[str, ...] | None = None  # pictures and clips it was made from; None where untold
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class History:
    """The answer of ``GET /api/v1/video-studio/history/``, newest first."""

    jobs: tuple[JobReport, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    credits_remaining: int | None = None
    server_time: datetime | None = field(default=None, compare=False)  # the upstream's clock, UTC
