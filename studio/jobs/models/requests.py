"""What is sent to a studio: one POST for each submission, its approval, and whose turn it is."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from studio.catalog.models import BackupGap
from studio.contract.request import GenerateRequest
from studio.jobs.states import SubmissionState


def fingerprint(body: dict[str, Any]) -> str:
    """SHA-256 of a request's body, independent of the order of its fields."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


class Approval(models.Model):
    """The request of one form that has to be approved before it is sent. ``reasons`` are sentences."""

    class Verdict(models.TextChoices):
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="approvals")
    reasons = models.JSONField(default=list)
    credits = models.PositiveBigIntegerField(
        null=True, blank=True
    )  # for all its clips; None: the price is unknown
    asked_at = models.DateTimeField(default=timezone.now)
    verdict = models.CharField(max_length=9, choices=Verdict, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)  # the reason, written by the person who decided

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["asked_at"], condition=models.Q(verdict=""), name="approval_open"),
        ]

    def __str__(self) -> str:
        return f"approval {self.pk} ({self.verdict or 'open'})"


class Submission(models.Model):
    """One POST to the upstream, written before any byte is sent. Its state claims only what was proven."""

    State = SubmissionState

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions")
    connection = models.ForeignKey("catalog.Connection", on_delete=models.PROTECT, related_name="submissions")
    approval = models.ForeignKey(
        Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="submissions"
    )
    token = models.UUIDField()  # of the form or key it came with: a repeated token is the same request
    variation = models.PositiveSmallIntegerField(default=1)
    request = models.JSONField()  # the body, exactly as it is sent
    fingerprint = models.CharField(max_length=64, default="")  # of the body: equal requests have equal ones
    state = models.CharField(max_length=10, choices=SubmissionState, default=SubmissionState.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    # The worker process that sends it, or sent it last; None: only the lease bounds the claim.
    claimed_by = models.UUIDField(null=True, blank=True)
    # Kept after its worker died, while in doubt: until then the studio may still accept the request.
    lease_until = models.DateTimeField(null=True, blank=True)
    send_after = models.DateTimeField(null=True, blank=True)
    first_at = models.DateTimeField(
        null=True, blank=True
    )  # when a manager moved it to the front of the queue
    blocked_for = models.PositiveBigIntegerField(null=True, blank=True)  # credits that a 402 required
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)  # start of the last attempt
    answered_at = models.DateTimeField(null=True, blank=True)
    # If the upstream accepted the last attempt, it was between sent_at and lost_at, plus some latency.
    lost_at = models.DateTimeField(null=True, blank=True)
    # A restored backup does not know whether it was sent between these. None: no restore is involved.
    doubt_from = models.DateTimeField(null=True, blank=True)
    doubt_until = models.DateTimeField(null=True, blank=True)
    balance_before = models.BigIntegerField(null=True, blank=True)  # the last reading before it was sent

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "token", "variation"], name="submission_once_per_form"),
            models.UniqueConstraint(
                fields=["connection"],
                condition=models.Q(state="sending"),
                name="submission_one_sending_per_connection",
            ),
            models.CheckConstraint(
                name="submission_state_is_known", condition=models.Q(state__in=SubmissionState.values)
            ),
            models.CheckConstraint(
                name="submission_lease_while_sending",
                condition=~models.Q(state="sending") | models.Q(lease_until__isnull=False),
            ),
        ]
        indexes = [
            # Over all rows, not only open ones: SQLite does not use a partial index for "state in (…)".
            models.Index(fields=["connection", "state", "owner", "id"], name="submission_line"),
            models.Index(
                fields=["connection", "-first_at"],
                condition=models.Q(state="queued", first_at__isnull=False),
                name="submission_moved_first",
            ),
        ]

    def __str__(self) -> str:
        return f"submission {self.pk} ({self.state})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.fingerprint = fingerprint(self.request)
        super().save(*args, **kwargs)

    @property
    def lease_end(self) -> datetime:
        """When another worker may take it over. Raises ValueError where nobody is sending it."""
        if self.lease_until is None:
            raise ValueError(f"Nobody is sending {self}.")
        return self.lease_until

    @property
    def doubt(self) -> BackupGap:
        """When it may have been sent before a restore. Raises ValueError where no restore is involved."""
        if self.doubt_from is None or self.doubt_until is None:
            raise ValueError(f"No restore is involved in {self}.")
        return BackupGap(self.doubt_from, self.doubt_until)

    @property
    def generate_request(self) -> GenerateRequest:
        return GenerateRequest.from_json(self.request)


class Turn(models.Model):
    """When a person was last served at a connection, counted in turns: a clock may stop or be set back."""

    connection = models.ForeignKey("catalog.Connection", on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "owner"], name="turn_once_per_person")]

    def __str__(self) -> str:
        return f"turn {self.number} at connection {self.connection_id}"


class Attempt(models.Model):
    """One POST that was sent, or may have been. The hourly quota of a connection counts these."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="attempts")
    connection = models.ForeignKey("catalog.Connection", on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    is_unsent = models.BooleanField(default=False)  # proven: it never reached the studio

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "number"], name="attempt_once_per_number")
        ]
        indexes = [models.Index(fields=["connection", "-at"])]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.submission_id}"
