"""Properties computed from a job's columns, shared by Job and by the rows of lists."""

from datetime import datetime, timedelta
from typing import Protocol

from django.utils import timezone

from studio.jobs.states import ENDED, RUNNING, JobState


class Columns(Protocol):
    """The columns that Progress reads. Credits are whole; ``expected_seconds`` is the median of past jobs."""

    @property
    def state(self) -> str: ...

    @property
    def archive(self) -> str: ...

    @property
    def refunded(self) -> bool: ...

    @property
    def refund(self) -> int | None: ...

    @property
    def charged(self) -> int | None: ...

    @property
    def estimate(self) -> int | None: ...

    @property
    def expected_seconds(self) -> int | None: ...

    @property
    def created_at(self) -> datetime: ...

    @property
    def accepted_at(self) -> datetime | None: ...

    @property
    def finished_at(self) -> datetime | None: ...

    @property
    def is_running(self) -> bool: ...

    @property
    def given_back(self) -> int | None: ...


class Progress:
    """Mixin: how far a job is, what it cost, and when it should be ready."""

    __slots__ = ()

    @property
    def is_running(self: Columns) -> bool:
        return self.state in RUNNING

    @property
    def is_finished(self: Columns) -> bool:
        return self.state in ENDED

    @property
    def given_back(self: Columns) -> int | None:
        """Credits refunded; None if the studio refunded a charge that it never reported."""
        if not self.refunded:
            return 0
        return self.charged if self.refund is None else self.refund

    @property
    def credits(self: Columns) -> int | None:
        """The cost as far as known: the charge less a refund, or the estimate until a charge is reported."""
        if self.state in (JobState.REJECTED, JobState.CANCELLED, JobState.DECLINED):
            return 0
        if self.refunded and self.refund is None:
            return 0
        if self.charged is not None:
            return max(0, self.charged - (self.given_back or 0))
        is_unknown = self.state in (JobState.FAILED, JobState.ABANDONED, JobState.STOPPED)
        return None if is_unknown else self.estimate

    @property
    def elapsed(self: Columns) -> timedelta:
        """Never negative, even if the clock was set back."""
        return max((self.finished_at or timezone.now()) - self.created_at, timedelta())

    @property
    def is_copying(self: Columns) -> bool:
        """Completed at the studio, and not copied here yet."""
        return self.archive in ("waiting", "copying")

    @property
    def has_expectation(self: Columns) -> bool:
        """It is in progress, and past jobs show how long that takes."""
        return bool(self.is_running and self.accepted_at and self.expected_seconds)

    @property
    def due_at(self: Columns) -> datetime | None:
        """When it should be ready; None if that is unknown."""
        if not (self.is_running and self.accepted_at and self.expected_seconds):
            return None
        return self.accepted_at + timedelta(seconds=self.expected_seconds)

    @property
    def seconds_made(self: Columns) -> int:
        """How many of the expected seconds have passed."""
        if not (self.is_running and self.accepted_at and self.expected_seconds):
            return 0
        return min(self.expected_seconds, max(0, int((timezone.now() - self.accepted_at).total_seconds())))

    def seconds_left(self: Columns, now: datetime | None = None) -> int | None:
        """The expected remaining time, from the median of past jobs; None if it is unknown or already over."""
        if self.expected_seconds is None or self.accepted_at is None or not self.is_running:
            return None
        left = self.expected_seconds - ((now or timezone.now()) - self.accepted_at).total_seconds()
        return round(left) if left > 0 else None
