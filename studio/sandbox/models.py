"""The sandbox's account and jobs."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from studio.contract.answers import JOB_STATES, JobReport
from studio.contract.request import GenerateRequest
from studio.core.rows import compare_and_set

FIRST_CREDITS = 2000


class SandboxAccount(models.Model):
    """An account in the sandbox. Its credits change only in ``charge`` and ``refund``, one atomic update each."""

    name = models.CharField(max_length=100, unique=True, default="Sandbox")
    credits = models.IntegerField(default=FIRST_CREDITS)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(credits__gte=0), name="sandbox_never_overdrawn")]

    def __str__(self) -> str:
        return self.name

    def charge(self, credits: int) -> bool:
        """Deduct ``credits`` and return True, or return False if there are not enough."""
        payable = SandboxAccount.objects.filter(pk=self.pk, credits__gte=credits)
        return payable.update(credits=F("credits") - credits) == 1

    def refund(self, credits: int) -> None:
        SandboxAccount.objects.filter(pk=self.pk).update(credits=F("credits") + credits)


class SandboxJobs(models.QuerySet["SandboxJob"]):
    def waiting(self, *, since: timedelta) -> Self:
        """Jobs that are pending for at least ``since`` or whose worker's lease has expired, oldest first."""
        now = timezone.now()
        left_behind = Q(state="processing", finish_at=None, lease_until__lt=now)
        return self.filter(Q(state="pending", created_at__lte=now - since) | left_behind).order_by("pk")

    def due(self) -> Self:
        """Jobs that were rendered and whose ``finish_at`` has passed, oldest first."""
        return self.filter(state="processing", finish_at__lte=timezone.now()).order_by("finish_at")


class SandboxJob(models.Model):
    """One clip. States only move forward: pending → processing → completed or failed.

    A rendered job stays ``processing`` until ``finish_at``, so that people can see this state. Each change is a
    compare-and-set on state and attempt, so a worker that lost its lease changes nothing.
    """

    job_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(SandboxAccount, on_delete=models.PROTECT, related_name="jobs")
    request = models.JSONField()
    state = models.CharField(max_length=10, default="pending", choices=[(s, s) for s in JOB_STATES])
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    finish_at = models.DateTimeField(null=True, blank=True)
    credits_charged = models.PositiveIntegerField()
    credits_refunded = models.PositiveIntegerField(default=0)
    error_message = models.CharField(max_length=500, blank=True)
    result_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = SandboxJobs.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JOB_STATES), name="sandbox_job_state_is_known"),
            models.CheckConstraint(
                condition=Q(credits_refunded__lte=F("credits_charged")), name="sandbox_refund_within_charge"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="sandbox_job_open", condition=Q(state__in=("pending", "processing"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.state}"

    def asked(self) -> GenerateRequest:
        return GenerateRequest.from_json(self.request)

    def take(self) -> int:
        """How many earlier jobs had the same request. Each of them gets a different clip."""
        return self.account.jobs.filter(pk__lt=self.pk, request=self.request).count()

    def claim(self, lease: timedelta) -> bool:
        """Claim the job for this worker; False if another worker claimed it first."""
        now = timezone.now()
        return self._move(
            state="processing",
            attempt=self.attempt + 1,
            lease_until=now + lease,
            started_at=self.started_at or now,
        )

    def give_back(self) -> bool:
        """End the lease now, because this worker stops, so that another can claim the job immediately."""
        return self._move(lease_until=timezone.now())

    def made(self, *, result_name: str = "", error_message: str = "", finish_at: datetime) -> bool:
        """Save the outcome, to be published at ``finish_at``. False if the lease was lost."""
        return self._move(result_name=result_name, error_message=error_message[:500], finish_at=finish_at)

    def finish(self) -> bool:
        """Publish the outcome. A failure refunds the credits in the same transaction."""
        now = timezone.now()
        if self.result_name:
            return self._move(state="completed", completed_at=now)
        with transaction.atomic():
            has_moved = self._move(state="failed", completed_at=now, credits_refunded=self.credits_charged)
            if has_moved:
                self.account.refund(self.credits_charged)
        return has_moved

    def _move(self, **changes: Any) -> bool:
        as_read = SandboxJob.objects.filter(state=self.state, attempt=self.attempt)
        return compare_and_set(as_read, self, **changes)

    def report(self) -> JobReport:
        """The job as the API reports it; ``raw`` is its JSON."""
        asked, failed = self.asked(), self.state == "failed"
        urls = (f"{settings.MEDIA_URL}{self.result_name}",) if self.state == "completed" else ()
        return JobReport(
            job_id=str(self.job_id),
            state=self.state,
            state_word=self.state,
            model_slug=asked.model_slug,
            prompt=asked.prompt,
            result_urls=urls,
            error_message=self.error_message if failed else "",
            credits_charged=self.credits_charged,
            credits_refunded=self.credits_refunded if failed else None,
            created_at=self.created_at,
            completed_at=self.completed_at,
            duration_seconds=asked.duration_seconds,
            quality_mode=asked.quality_mode,
            aspect_ratio=asked.aspect_ratio,
            raw=self._raw(asked, urls),
        )

    def _raw(self, asked: GenerateRequest, urls: tuple[str, ...]) -> dict[str, Any]:
        said: dict[str, Any] = {
            "job_id": str(self.job_id),
            "model_slug": asked.model_slug,
            "mode": _mode(asked),
            "status": self.state,
            "prompt": asked.prompt,
            "result_urls": list(urls),
            "credits_charged": self.credits_charged,
            "provider_meta": {
                "effective_duration_seconds": asked.duration_seconds,
                "quality_mode": asked.quality_mode,
                "aspect_ratio": asked.aspect_ratio,
            },
            "parameters": {
                name: value for name, value in self.request.items() if name not in ("model_slug", "prompt")
            },
            "created_at": self.created_at.isoformat(),
            "completed_at": self.completed_at and self.completed_at.isoformat(),
        }
        if self.state == "failed":
            said |= {"error_message": self.error_message, "credits_refunded": self.credits_refunded > 0}
        return said


def _mode(asked: GenerateRequest) -> str:
    if mode := asked.get("seedance_mode"):
        return str(mode)
    if asked.input_video_urls:
        return "video_to_video"
    return "image_to_video" if asked.input_image_urls else "text_to_video"
