"""What the API answers, decoded: acceptance, a job's report, the history."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from studio.contract.capability import Unreadable

JOB_STATES = ("pending", "processing", "completed", "failed")


class Refund(Enum):
    """WHOLE: the studio reports a refund without an amount. It counts as the whole charge."""

    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted generate request. ``job_ids`` are distinct and never empty."""

    job_ids: tuple[str, ...]
    credits_remaining: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)
    server_time: datetime | None = field(default=None, compare=False)  # the upstream's clock, UTC


@dataclass(frozen=True, slots=True)
class JobReport:
    """One job as a status call or a history row reports it.

    ``state`` is one of JOB_STATES, or None if neither the studio's word nor the rest of its answer proves one;
    ``state_word`` is then that word. Times are aware datetimes in UTC. ``credits_refunded`` is None if the answer
    has no figure. ``result_urls`` are the clips, videos first. ``extra_urls`` are thumbnails and similar files, which
    are not needed for a complete clip. ``other_urls`` are addresses of unknown purpose, for a person to choose from.
    """

    job_id: str
    state: str | None
    state_word: str = ""
    model_slug: str = ""
    prompt: str = ""
    result_urls: tuple[str, ...] = ()
    extra_urls: tuple[str, ...] = ()
    other_urls: tuple[str, ...] = ()
    error_message: str = ""
    credits_charged: int | None = None
    credits_refunded: int | Refund | None = None
    is_rounded: bool = False  # one of its figures had a fraction of a credit
    created_at: datetime | None = None
    completed_at: datetime | None = None
    duration_seconds: int | None = None
    quality_mode: str = ""
    aspect_ratio: str = ""
    input_urls: tuple[str, ...] | None = None  # images and clips it was made from; None if not reported
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class History:
    """The answer of ``GET /api/v1/video-studio/history/``, newest first."""

    jobs: tuple[JobReport, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    credits_remaining: int | None = None
    is_rounded: bool = False  # the answer had fractions of credits
    server_time: datetime | None = field(default=None, compare=False)  # the upstream's clock, UTC
