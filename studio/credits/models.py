"""The ledger, append-only, and the upstream's own word on the balance."""

from typing import NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone


class Entry(models.Model):
    """One movement of credits. Never changed, never deleted: a mistake is mended by another entry.

    ``amount`` is in credits and never negative; the kind gives it its sense. A hold sets credits aside for a
    request that may be charged; it ends in a release, or in a release together with a charge.
    """

    class Kind(models.TextChoices):
        HOLD = "hold", "Held"
        RELEASE = "release", "Released"
        CHARGE = "charge", "Charged"
        REFUND = "refund", "Refunded"

    kind = models.CharField(max_length=8, choices=Kind)
    amount = models.PositiveIntegerField()
    reference = models.CharField(max_length=80)  # what moved it: "job:12"; once for each kind
    at = models.DateTimeField(default=timezone.now, db_index=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    connection = models.ForeignKey("catalog.Connection", on_delete=models.PROTECT, related_name="+")
    job_id = models.BigIntegerField(null=True, db_index=True)
    model_slug = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="entry_once_per_kind_and_reference"),
            models.CheckConstraint(
                name="entry_kind_is_known",
                condition=models.Q(kind__in=["hold", "release", "charge", "refund"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} for {self.reference}"

    def save(self, *args: object, **kwargs: object) -> None:
        if self.pk is not None:
            raise TypeError("Ledger entries are append-only.")
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError("Ledger entries are append-only.")


class BalanceReading(models.Model):
    """What the upstream said was left, and when. The newest one is the balance; the others are its history."""

    connection = models.ForeignKey("catalog.Connection", on_delete=models.CASCADE, related_name="readings")
    credits = models.IntegerField()
    at = models.DateTimeField(default=timezone.now)  # when it was first told
    confirmed_at = models.DateTimeField(default=timezone.now)  # when it was last told again

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["connection", "-id"])]

    def __str__(self) -> str:
        return f"{self.credits} credits"
