"""Spending limits, and requests for more."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone


class BudgetQuerySet(models.QuerySet["Budget"]):
    def running(self) -> Self:
        return self.filter(ended_at=None)


class Budget(models.Model):
    """A limit on spending in a period. A hard one refuses; exceeding a soft one needs approval."""

    class Scope(models.TextChoices):
        TEAM = "team", "The whole team"
        EACH = "each", "Each person"
        PERSON = "person", "One person"
        PROJECT = "project", "A project"
        FAMILY = "family", "A model family"
        CONNECTION = "connection", "A connection"
        TOKEN = "token", "A token"

    class Period(models.TextChoices):
        DAY = "day", "Each day"
        WEEK = "week", "Each week"
        MONTH = "month", "Each month"
        ONCE = "once", "Once"

    scope = models.CharField(max_length=10, choices=Scope)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="budgets"
    )
    project = models.ForeignKey(
        "projects.Project", on_delete=models.PROTECT, null=True, blank=True, related_name="budgets"
    )
    model_family = models.CharField(max_length=80, blank=True)
    connection = models.ForeignKey(
        "catalog.Connection", on_delete=models.PROTECT, null=True, blank=True, related_name="budgets"
    )
    token = models.ForeignKey(
        "tokens.Token", on_delete=models.PROTECT, null=True, blank=True, related_name="budgets"
    )
    period = models.CharField(max_length=5, choices=Period, default=Period.MONTH)
    limit = models.PositiveIntegerField()  # credits
    is_hard = models.BooleanField(default=True)
    from_day = models.DateField()  # spending before it does not count
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = BudgetQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="budget_names_what_it_limits",
                condition=models.Q(scope__in=["team", "each"])
                | models.Q(scope="person", person__isnull=False)
                | models.Q(scope="project", project__isnull=False)
                | models.Q(scope="connection", connection__isnull=False)
                | models.Q(scope="token", token__isnull=False)
                | (models.Q(scope="family") & ~models.Q(model_family="")),
            ),
            models.CheckConstraint(
                name="budget_period_is_known", condition=models.Q(period__in=["day", "week", "month", "once"])
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """ "General, each month"."""
        return f"{self.about}, {self.get_period_display().lower()}"

    @property
    def about(self) -> str:
        """What the budget is for, in words."""
        named = {
            self.Scope.PERSON: self.person,
            self.Scope.PROJECT: self.project,
            self.Scope.CONNECTION: self.connection,
            self.Scope.TOKEN: self.token and self.token.long_name,
            self.Scope.FAMILY: self.model_family,
        }
        return str(named.get(self.Scope(self.scope)) or self.get_scope_display())


class BudgetRequest(models.Model):
    """A request for more credits, and the decision. Granted credits count in the period of the request."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="requests")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    credits = models.PositiveIntegerField()  # requested on top of the limit
    reason = models.TextField(blank=True)
    period_from = models.DateField()
    asked_at = models.DateTimeField(default=timezone.now)
    granted = models.PositiveIntegerField(
        null=True, blank=True
    )  # credits; 0: declined; None: not decided yet
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "person", "period_from"],
                condition=models.Q(decided_at=None),
                name="budget_request_one_open",
            )
        ]
        indexes = [models.Index(fields=["budget", "period_from"])]

    def __str__(self) -> str:
        return f"{self.person} requests {self.credits} more of {self.budget}"


class SpendingRules(models.Model):
    """One row: the rules for the whole team."""

    approve_from = models.PositiveIntegerField(null=True, blank=True)  # credits of one request; None: never

    def __str__(self) -> str:
        return "the team's spending rules"

    @classmethod
    def current(cls) -> "SpendingRules":
        return cls.objects.filter(pk=1).first() or cls(pk=1)
