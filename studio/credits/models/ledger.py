"""The append-only ledger and its totals."""

from typing import NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone


class Entry(models.Model):
    """One movement of credits. Never changed, never deleted: a mistake is corrected by another entry.

    ``amount`` is in credits; the kind gives it its direction, and only an adjustment can be negative. A hold sets
    credits aside for a request that may be charged; it ends in a release, which may come with a charge.
    Top-ups and adjustments belong to a connection only: a person classified a change of the balance like that because
    no clip explains it.
    """

    class Kind(models.TextChoices):
        HOLD = "hold", "Held"
        RELEASE = "release", "Released"
        CHARGE = "charge", "Charged"
        REFUND = "refund", "Refunded"
        TOP_UP = "top-up", "Topped up"
        ADJUSTMENT = "adjustment", "Adjusted"

    kind = models.CharField(max_length=10, choices=Kind)
    amount = models.BigIntegerField()
    reference = models.CharField(max_length=80)  # the cause, such as "job:12"; unique for each kind
    at = models.DateTimeField(default=timezone.now, db_index=True)
    # The day that it counts for: the one on which the clip was requested, however late it is settled.
    day = models.DateField(db_index=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    project = models.ForeignKey(
        "projects.Project", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    connection = models.ForeignKey(
        "catalog.Connection", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    token = models.ForeignKey(  # of the script that made the request; None: requested in the browser
        "tokens.Token", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    job_id = models.BigIntegerField(null=True, db_index=True)
    model_slug = models.CharField(max_length=200, blank=True)
    model_family = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    booked_by = models.ForeignKey(  # who classified a top-up or adjustment; None for what the studio reported
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="entry_once_per_kind_and_reference"),
            models.CheckConstraint(
                name="entry_kind_is_known",
                condition=models.Q(kind__in=["hold", "release", "charge", "refund", "top-up", "adjustment"]),
            ),
            models.CheckConstraint(
                name="entry_amount_is_positive",
                condition=models.Q(kind="adjustment") | models.Q(amount__gte=0),
            ),
        ]
        # For the ledger's page: by day, newest first, with any filter.
        indexes = [
            models.Index(fields=[narrowed, "day", "id"], name=f"entry_by_{narrowed}_and_day")
            for narrowed in ("kind", "person", "project", "connection", "model_slug")
        ]
        # Most clips are requested in the browser, so the index by day is enough for those.
        indexes += [
            models.Index(
                fields=["token", "day", "id"],
                condition=models.Q(token__isnull=False),
                name="entry_by_token_and_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} for {self.reference}"

    def save(self, *args: object, **kwargs: object) -> None:
        if self.pk is not None:
            raise TypeError("Ledger entries are append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError("Ledger entries are append-only.")


class Total(models.Model):
    """The ledger, summed by everything that reports and budgets need; ``day`` is the first day of the sum.

    Kept exact by the transaction that writes an entry (studio.credits.totals), so that no report has to sum the
    ledger. It has ids instead of foreign keys, and 0 for none, because they are parts of a unique key. ``outcome`` is
    "open" while clips are under way, then the state they ended in; "" for rows that belong to no clip.
    """

    day = models.DateField()
    connection_id = models.BigIntegerField()
    person_id = models.BigIntegerField(default=0)
    project_id = models.BigIntegerField(default=0)
    token_id = models.BigIntegerField(default=0)
    model_slug = models.CharField(max_length=200, blank=True)
    model_family = models.CharField(max_length=80, blank=True)
    outcome = models.CharField(max_length=10, blank=True)
    clips = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)  # currently held: holds minus releases
    charged = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    topped_up = models.BigIntegerField(default=0)
    adjusted = models.BigIntegerField(default=0)

    KEY = (
        *("day", "connection_id", "person_id", "project_id", "token_id"),
        *("model_slug", "model_family", "outcome"),
    )
    SUMS = ("clips", "held", "charged", "refunded", "topped_up", "adjusted")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.day}: {self.charged - self.refunded} credits"


class DayTotal(Total):
    """The sums of one day."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=list(Total.KEY), name="day_total_once")]


class MonthTotal(Total):
    """The sums of one month, by its first day. A report on years reads these instead of a thousand days."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=list(Total.KEY), name="month_total_once")]
