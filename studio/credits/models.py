"""The ledger, append-only, and the upstream's own word on the balance."""

from typing import NoReturn, Self

from django.conf import settings
from django.db import models
from django.utils import timezone


class Entry(models.Model):
    """One movement of credits. Never changed, never deleted: a mistake is mended by another entry.

    ``amount`` is in credits; the kind gives it its sense, and only an adjustment can be negative. A hold sets
    credits aside for a request that may be charged; it ends in a release, or in a release together with a charge.
    Top-ups and adjustments are of a connection alone: they are what a person said of a change of the balance
    that no clip explains.
    """

    class Kind(models.TextChoices):
        HOLD = "hold", "Held"
        RELEASE = "release", "Released"
        CHARGE = "charge", "Charged"
        REFUND = "refund", "Refunded"
        TOP_UP = "top-up", "Topped up"
        ADJUSTMENT = "adjustment", "Adjusted"

    kind = models.CharField(max_length=10, choices=Kind)
    amount = models.IntegerField()
    reference = models.CharField(max_length=80)  # what moved it: "job:12"; once for each kind
    at = models.DateTimeField(default=timezone.now, db_index=True)
    # The day that it counts for: the one on which the clip was asked for, however late it is settled.
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
    token = models.ForeignKey(  # of the script that asked; None: a person did, in the browser
        "tokens.Token", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    job_id = models.BigIntegerField(null=True, db_index=True)
    model_slug = models.CharField(max_length=200, blank=True)
    model_family = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    booked_by = (
        models.ForeignKey(  # who said so, of a top-up or an adjustment; nobody of what the studio told
            settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
        )
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
        # The ledger's page: by day, newest first, whatever it is narrowed to.
        indexes = [
            models.Index(fields=[narrowed, "day", "id"], name=f"entry_by_{narrowed}_and_day")
            for narrowed in ("kind", "person", "project", "connection", "model_slug")
        ]
        # Of what people ask for in the browser there is so much that the days alone lead to it.
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
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError("Ledger entries are append-only.")


class Total(models.Model):
    """The ledger, summed by all that reports and budgets ask for; ``day`` is the first of the days that it sums.

    Kept exact by the transaction that writes an entry (studio.credits.totals), so that no report adds up the
    ledger. Ids, not foreign keys, and 0 for nobody: they are parts of a unique key. ``outcome`` is what became of
    the clips: "open" while they are under way, then the state they ended in; "" for what belongs to no clip.
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
    held = models.BigIntegerField(default=0)  # what is set aside now: holds less releases
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
    """The sums of one month, by its first day: what a report of years reads instead of a thousand days."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=list(Total.KEY), name="month_total_once")]


class BudgetQuerySet(models.QuerySet["Budget"]):
    def running(self) -> Self:
        return self.filter(ended_at=None)


class Budget(models.Model):
    """A limit on what may be spent in a period. A hard one refuses; over a soft one, somebody has to approve."""

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
    from_day = models.DateField()  # nothing before it counts
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
        """Whose or what's it is, in words."""
        named = {
            self.Scope.PERSON: self.person,
            self.Scope.PROJECT: self.project,
            self.Scope.CONNECTION: self.connection,
            self.Scope.TOKEN: self.token and self.token.long_name,
            self.Scope.FAMILY: self.model_family,
        }
        return str(named.get(self.Scope(self.scope)) or self.get_scope_display())


class BudgetRequest(models.Model):
    """Somebody asked for more, and what was decided. What is granted counts in the period it was asked in."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="requests")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    credits = models.PositiveIntegerField()  # that are asked for, on top
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
        return f"{self.person} asks for {self.credits} more of {self.budget}"


class SpendingRules(models.Model):
    """One row: what holds for the whole team."""

    approve_from = models.PositiveIntegerField(null=True, blank=True)  # credits of one request; None: never

    def __str__(self) -> str:
        return "the team's spending rules"

    @classmethod
    def current(cls) -> "SpendingRules":
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class BalanceReading(models.Model):
    """What the upstream said was left, and when. The newest one is the balance; the others are its history.

    ``verdict`` is what studio.credits.reckoning found when it compared it with those before; "": not compared yet.
    """

    connection = models.ForeignKey("catalog.Connection", on_delete=models.CASCADE, related_name="readings")
    credits = models.IntegerField()
    at = models.DateTimeField(default=timezone.now)  # when it was first told
    confirmed_at = models.DateTimeField(default=timezone.now)  # when it was last told again
    asked_at = models.DateTimeField(null=True, blank=True)  # when the question left that it answers first
    confirmed_asked_at = models.DateTimeField(null=True, blank=True)  # and the one that it answers last
    verdict = models.CharField(max_length=8, blank=True)
    expected = models.IntegerField(null=True, blank=True)  # by the reading before and all that is known since

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["connection", "-id"])]

    def __str__(self) -> str:
        return f"{self.credits} credits"


class DifferenceQuerySet(models.QuerySet["Difference"]):
    def standing(self) -> Self:
        """Not explained: they count in what the balance came to."""
        return self.exclude(state=Difference.State.EXPLAINED)

    def open(self) -> Self:
        return self.filter(state=Difference.State.OPEN)


class Difference(models.Model):
    """A change of the balance between two readings that nothing explains: negative, where credits went.

    A person says what it was, which is booked in the ledger; or it explains itself, when what moved the balance
    becomes known. ``amount``, times and readings never change. Only studio.credits.differences writes it.
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
    amount = models.IntegerField()
    before = models.ForeignKey(BalanceReading, on_delete=models.CASCADE, related_name="+")
    reading = models.ForeignKey(BalanceReading, on_delete=models.CASCADE, related_name="differences")
    from_at = models.DateTimeField()  # when the reading before was last told
    until_at = models.DateTimeField()  # when the one that showed it was told
    noticed_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    kind = models.CharField(max_length=9, choices=Kind, blank=True)
    note = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decisions = models.PositiveSmallIntegerField(default=0)  # how often it was classified
    explanation = models.TextField(blank=True)  # by what
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
    def told_before(self) -> int:
        return self.before.credits

    @property
    def told(self) -> int:
        return self.reading.credits

    @property
    def expected(self) -> int:
        return self.told - self.amount

    @property
    def is_standing(self) -> bool:
        return self.state != self.State.EXPLAINED


class PriceSample(models.Model):
    """What one clip was really charged, beside all that its price can depend on. See studio.credits.learned."""

    connection = models.ForeignKey("catalog.Connection", on_delete=models.CASCADE, related_name="+")
    job_id = models.BigIntegerField(unique=True)
    at = models.DateTimeField(default=timezone.now)  # when the studio took the clip
    model_slug = models.CharField(max_length=200)
    quality = models.CharField(max_length=80, blank=True)
    duration = models.PositiveIntegerField(default=0)  # seconds; 0 where none was asked for
    sound = models.BooleanField(default=False)
    optin = models.BooleanField(default=False)
    charged = models.PositiveIntegerField()
    estimate = models.PositiveIntegerField(null=True, blank=True)  # as it was promised; None: it could not be

    KEY = ("connection_id", "model_slug", "quality", "duration", "sound", "optin")

    class Meta:
        indexes = [
            models.Index(
                fields=["connection", "model_slug", "quality", "duration", "sound", "optin", "-id"],
                name="price_sample_newest_of_key",
            ),
            models.Index(fields=["at"], name="price_sample_at"),
        ]

    def __str__(self) -> str:
        return f"{self.model_slug}: {self.charged} credits"
