"""The mirror of a studio's own history, row by row."""

from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.utils import timezone

from studio.jobs.history_redaction import rows_that_may_reveal
from studio.jobs.models.job import Job
from studio.jobs.privacy import HIDDEN, Blankable, SeenQuerySet


class HistoryRecordQuerySet(SeenQuerySet["HistoryRecord"]):
    def for_user(self, user: Any) -> Self:
        """The rows with their jobs, without what either reveals of other people's private clips."""
        return self.select_related("job").read_for(user)

    def as_seen(self, rows: Iterable["HistoryRecord"], viewer: Any) -> list["HistoryRecord"]:
        records = list(rows)
        for record in rows_that_may_reveal(records, Job.objects.hidden_from(viewer)):
            record.hide()
        for record in records:
            if HistoryRecord.job.is_cached(record) and record.job:
                record.job.seen_by(viewer)
        return records


class HistoryRecord(Blankable):
    """One row of the upstream's history, verbatim; ``job`` is None if it was made outside this dashboard."""

    connection = models.ForeignKey("catalog.Connection", on_delete=models.CASCADE, related_name="+")
    upstream_id = models.CharField(max_length=200)
    job = models.ForeignKey(
        Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="history_records"
    )
    raw = models.JSONField()
    unreadable_reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, blank=True)  # "" if the upstream's word is not one of ours
    state_word = models.CharField(max_length=80, blank=True)
    model_slug = models.CharField(max_length=200, blank=True)
    prompt = models.TextField(blank=True)
    error = models.TextField(blank=True)
    charged = models.PositiveBigIntegerField(null=True, blank=True)
    refunded = models.BooleanField(default=False)
    refund = models.PositiveBigIntegerField(null=True, blank=True)  # credits; None: see Job.refund
    result_urls = models.JSONField(default=list, blank=True)
    made_at = models.DateTimeField()  # the upstream's time; ours if it gave none
    seen_at = models.DateTimeField(default=timezone.now)

    objects = HistoryRecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "upstream_id"], name="history_once_per_upstream_id"
            ),
        ]
        indexes = [models.Index(fields=["connection", "-made_at", "-id"])]

    def __str__(self) -> str:
        return f"{self.upstream_id} ({self.state or self.state_word})"

    def blank(self) -> dict[str, Any]:
        blank_texts = dict.fromkeys(("unreadable_reason", "state_word", "error"), "")
        return {**blank_texts, "prompt": HIDDEN, "raw": {}, "result_urls": []}
