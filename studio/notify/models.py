"""Notifications, people's settings, webhooks, and the outbox of mails and calls."""

import uuid
from datetime import datetime, time
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from studio.notify.kinds import JOB_ENDS, Channel, Kind
from studio.notify.quiet import quiet_until

TITLE = 200
ABOUT = 100
PATH = 200
NAME = 60  # of a webhook


class Told(models.Model):
    """The text of a notification. ``path`` is one of our pages, "/jobs/12/"; ``text`` is plain.

    ``about`` identifies the event forever: nobody is notified of the same one twice.
    """

    kind = models.CharField(max_length=20, choices=Kind)
    about = models.CharField(max_length=ABOUT)
    title = models.CharField(max_length=TITLE)
    text = models.TextField(blank=True)
    path = models.CharField(max_length=PATH, blank=True)
    at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title


class NotificationQuerySet(models.QuerySet["Notification"]):
    def inbox_of(self, person: int) -> Self:
        """What the person sees on the page, newest first."""
        return self.filter(person_id=person, in_page=True).order_by("-pk")

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notification(Told):
    """A notification to one person. A row that is not ``in_page`` only records that it was sent by other channels."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    in_page = models.BooleanField(default=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "about", "person"], name="told_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person", "-id"], condition=models.Q(in_page=True), name="notify_inbox"),
            models.Index(
                fields=["person", "-id"],
                condition=models.Q(in_page=True, read_at=None),
                name="notify_unread",
            ),
            models.Index(fields=["at"], condition=models.Q(read_at__isnull=False), name="notify_read"),
        ]


class Preference(models.Model):
    """A person's choice for one kind and channel. Without a row the default of ``Kind`` applies."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    channel = models.CharField(max_length=10, choices=Channel)
    wanted = models.BooleanField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "kind", "channel"], name="one_preference"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}: {'yes' if self.wanted else 'no'}"


class QuietHours(models.Model):
    """When a person wants nothing sent, by the installation's clock."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    begins = models.TimeField()
    ends = models.TimeField()

    def __str__(self) -> str:
        return f"{self.begins:%H:%M} to {self.ends:%H:%M}"

    def until(self, now: datetime) -> datetime | None:
        begins: time = self.begins
        return quiet_until(begins, self.ends, now)


class Format(models.TextChoices):
    """A job report contains the prompt, so it is for members' webhooks and never for the team's."""

    SLACK = "slack", "Slack-compatible"
    JSON = "json", "Signed JSON"
    JOB = "job", "Job report"

    @property
    def is_signed(self) -> bool:
        return self != Format.SLACK

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that can be sent in this format."""
        return JOB_ENDS if self == Format.JOB else tuple(Kind)


class HookQuerySet(models.QuerySet["Hook"]):
    def active(self) -> Self:
        return self.filter(removed_at=None)

    def listed(self) -> Self:
        """Webhooks that people added and manage."""
        return self.active().filter(is_for_requests=False)

    def of_team(self) -> Self:
        return self.listed().filter(person=None)


class Hook(models.Model):
    """A webhook of one person, or of the team (``person`` is None). It receives only its ``kinds``.

    ``sealed`` has address and secret, encrypted by the code that adds it: this room cannot read them. ``host`` is shown
    instead. A removed webhook keeps its row, for the log, but loses ``sealed``.

    One that ``is_for_requests`` was named by a script's request: it has no kinds, receives only the ends of jobs that
    name it, and signs with its person's RequestSecret. ``address_digest`` finds it again.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="hooks"
    )
    name = models.CharField(max_length=NAME)
    host = models.CharField(max_length=255)
    format = models.CharField(max_length=10, choices=Format)
    kinds = models.JSONField(default=list)
    sealed = models.TextField()
    is_for_requests = models.BooleanField(default=False)
    address_digest = models.CharField(max_length=64, blank=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = HookQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "address_digest"],
                condition=models.Q(is_for_requests=True),
                name="one_hook_for_requests",
            ),
            models.CheckConstraint(
                name="job_report_is_personal",
                condition=~models.Q(format=Format.JOB) | models.Q(person__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person"], condition=models.Q(is_for_requests=False), name="hook_listed"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_signed(self) -> bool:
        return Format(self.format).is_signed


class RequestSecret(models.Model):
    """Signs all calls to addresses of one person's requests. Encrypted like a webhook."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    sealed = models.TextField()
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"request secret of {self.person}"

    @property
    def name(self) -> str:
        return str(self)


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    DROPPED = "dropped", "Dropped"


OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)
UNSENT = (DeliveryState.FAILED, DeliveryState.DROPPED)
ENDED = (DeliveryState.SENT, *UNSENT)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> Self:
        """Due now, including deliveries whose worker has died."""
        return self.filter(state__in=OPEN, next_at__lte=now)


class Delivery(Told):
    """One mail or one webhook call, waiting or done: the outbox and its log.

    ``next_at``: the next try while it waits; the end of the lease while it is sent. ``claim`` identifies the sender.
    ``held``: postponed by quiet hours; several such mails are sent as one. ``key`` identifies it for the receiver.
    ``person`` is None for a team webhook. ``job_id`` is set for a job report, which is made when it is sent; ``answer``
    is the last status of the webhook.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    channel = models.CharField(max_length=10, choices=Channel)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    hook = models.ForeignKey(Hook, models.CASCADE, null=True, blank=True, related_name="deliveries")
    job_id = models.PositiveBigIntegerField(null=True, blank=True)
    address = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    held = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    claim = models.UUIDField(null=True, blank=True, editable=False)
    last_error = models.CharField(max_length=300, blank=True)
    answer = models.PositiveSmallIntegerField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "about", "person"],
                condition=models.Q(channel=Channel.MAIL),
                name="mailed_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "about", "hook"],
                condition=models.Q(channel=Channel.WEBHOOK),
                name="hooked_once",
            ),
            models.UniqueConstraint(
                fields=["job_id", "hook"],
                condition=models.Q(job_id__isnull=False),
                name="reported_once",
            ),
            models.CheckConstraint(
                name="delivery_state_is_known", condition=models.Q(state__in=DeliveryState.values)
            ),
            models.CheckConstraint(
                name="delivery_knows_where_to",
                condition=models.Q(channel=Channel.MAIL, hook=None, person__isnull=False)
                | models.Q(channel=Channel.WEBHOOK, hook__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=models.Q(state__in=OPEN), name="delivery_due"),
            models.Index(fields=["person", "-id"], name="delivery_of_person"),
            models.Index(fields=["at"], name="delivery_at"),
        ]
        verbose_name_plural = "deliveries"

    @property
    def goes_to(self) -> str:
        """The receiver that takes one delivery at a time: the host of a webhook, or the mail server."""
        return self.address if self.channel == Channel.WEBHOOK else Channel.MAIL

    @property
    def can_go_again(self) -> bool:
        """True for a webhook call that ended, even if it arrived: the receiver may have lost it. A mail must be unsent.

        Also between two tries, so that someone who fixed the receiver does not have to wait for hours.
        """
        if self.hook and self.hook.removed_at:
            return False
        if self.state == DeliveryState.WAITING:
            return self.tries > 0
        return self.state in (ENDED if self.channel == Channel.WEBHOOK else UNSENT)
