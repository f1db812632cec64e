"""The balance that the upstream reports, and its unexplained changes."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone


class BalanceReading(models.Model):
    """A balance that the upstream reported, and when. The newest one is the current balance.

    ``verdict``: the result of studio.credits.balance_matching for this reading; "": not compared.
    """

    connection = models.ForeignKey("catalog.Connection", on_delete=models.CASCADE, related_name="readings")
    credits = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)  # when it was first reported
    confirmed_at = models.DateTimeField(default=timezone.now)  # when it was last reported
    asked_at = models.DateTimeField(null=True, blank=True)  # when its first request was sent
    confirmed_asked_at = models.DateTimeField(null=True, blank=True)  # when its last request was sent
    verdict = models.CharField(max_length=8, blank=True)
    expected = models.BigIntegerField(
        null=True, blank=True
    )  # from the reading before and everything known since

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["connection", "-id"])]

    def __str__(self) -> str:
        return f"{self.credits} credits"


class DifferenceQuerySet(models.QuerySet["Difference"]):
    def current(self) -> Self:
        """Not explained: they count in the balance."""
        return self.exclude(state=Difference.State.EXPLAINED)

    def open(self) -> Self:
        return self.filter(state=Difference.State.OPEN)


class Difference(models.Model):
    """An unexplained change of the balance between two readings; negative if credits were lost.

    A person classifies it, which is booked in the ledger; or it becomes explained when the cause becomes known.
    ``amount``, times and readings never change. Only studio.credits.differences writes it.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        EXPLAINED = "explained", "Explained"
        CLASSIFIED = "classified", "Classified"

    class Kind(models.TextChoices):
        TOP_UP = "top-up", "Top-up"
        ELSEWHERE = "elsewhere", "Spent elsewhere"
        UNKNOWN = "unknown", "Unknown"

    connection = models.ForeignKey("catalog.Connection", on_delete=models.CASCADE, related_name="differences")
    amount = models.BigIntegerField()
    before = models.ForeignKey(BalanceReading, on_delete=models.CASCADE, related_name="+")
    reading = models.ForeignKey(BalanceReading, on_delete=models.CASCADE, related_name="differences")
    from_at = models.DateTimeField()  # when the reading before was last reported
    until_at = models.DateTimeField()  # when the reading that showed it was reported
    noticed_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    kind = models.CharField(max_length=9, choices=Kind, blank=True)
    note = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decisions = models.PositiveSmallIntegerField(default=0)  # how often it was classified
    explanation = models.TextField(blank=True)  # a sentence
    explained_at = models.DateTimeField(null=True, blank=True)

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        ordering = ["-until_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["before", "reading"],
                condition=~models.Q(state="explained"),
                name="difference_one_standing_per_interval",
            ),
            models.CheckConstraint(
                name="difference_state_is_known",
                condition=models.Q(state__in=["open", "explained", "classified"]),
            ),
            models.CheckConstraint(name="difference_is_one", condition=~models.Q(amount=0)),
        ]
        indexes = [
            models.Index(fields=["connection"], condition=models.Q(state="open"), name="difference_open"),
            models.Index(fields=["connection", "-until_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+} at {self.connection}"

    @property
    def balance_before(self) -> int:
        return self.before.credits

    @property
    def balance(self) -> int:
        return self.reading.credits

    @property
    def expected(self) -> int:
        return self.balance - self.amount

    @property
    def is_standing(self) -> bool:
        return self.state != self.State.EXPLAINED
