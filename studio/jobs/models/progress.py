"""What follows from a job's columns, the same for a job and for the line of a list that stands for it."""

from datetime import datetime, timedelta
from typing import Protocol

from django.utils import timezone

from studio.jobs.states import ENDED, RUNNING, JobState


class Columns(Protocol):
    """What Progress reads. Credits are whole; ``expected_seconds`` is the median of past jobs."""

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
    """A mixin: how far a job is, what it cost, and when it should be ready."""

    __slots__ = ()

    @property
    def is_running(self: Columns) -> bool:
        return self.state in RUNNING

    @property
    def is_finished(self: Columns) -> bool:
        return self.state in ENDED

    @property
    def given_back(self: Columns) -> int | None:
        """Credits refunded; None where the studio refunded a charge that it never told."""
        if not self.refunded:
            return 0
        return self.charged if self.refund is None else self.refund

    @property
    def credits(self: Columns) -> int | None:
        """What it cost, as far as is known: the charge, less a refund; the estimate while nothing was told."""
        if self.state in (JobState.REJECTED, JobState.CANCELLED, JobState.DECLINED):
            return 0
        if self.refunded and self.refund is None:
            return 0
        if self.charged is not None:
            return max(0, self.charged - (self.given_back or 0))
        untold = self.state in (JobState.FAILED, JobState.ABANDONED, JobState.STOPPED)
        return None if untold else self.estimate

    @property
    def elapsed(self: Columns) -> timedelta:
        """Never negative, even if the clock was set back since."""
        return max((self.finished_at or timezone.now()) - self.created_at, timedelta())

    @property
    def is_copying(self: Columns) -> bool:
        """Ready upstream; its copy is still to come."""
        return self.archive in ("waiting", "copying")

    @property
    def has_expectation(self: Columns) -> bool:
        """It is being made, and past jobs tell how long that takes."""
        return bool(self.is_running and self.accepted_at and self.expected_seconds)

    @property
    def due_at(self: Columns) -> datetime | None:
        """When it should be ready; None without an expectation."""
        if not (self.is_running and self.accepted_at and self.expected_seconds):
            return None
        return self.accepted_at + timedelta(seconds=self.expected_seconds)

    @property
    def seconds_made(self: Columns) -> int:
        """Of the expected seconds, those that are over."""
        if not (self.is_running and self.accepted_at and self.expected_seconds):
            return 0
        return min(self.expected_seconds, max(0, int((timezone.now() - self.accepted_at).total_seconds())))

    def seconds_left(self: Columns, now: datetime | None = None) -> int | None:
        """The expected rest, from the median of past jobs; None when it is not known or already over."""
        if self.expected_seconds is None or self.accepted_at is None or not self.is_running:
            return None
        left = self.expected_seconds - ((now or timezone.now()) - self.accepted_at).total_seconds()
        return round(left) if left > 0 else None
