"""Who was told what, what they chose, and the outbox of what is on its way to them."""

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
NAME = 60  # of a hook


class Told(models.Model):
    """The words of something told. ``path`` is a page of ours, "/jobs/12/"; ``text`` is plain.

    ``about`` names what happened, for ever: nobody is told the same twice.
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
        """What the person sees in the page, the newest first."""
        return self.filter(person_id=person, in_page=True).order_by("-pk")

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notification(Told):
    """One person was told. A row that is not ``in_page`` only remembers that: the person wants it elsewhere."""

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
    """What a person chose about one kind on one channel. Without a row it is as ``Kind`` starts."""

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
    """A job report holds the prompt: it is for the webhooks of members, never for those of the team."""

    SLACK = "slack", "Slack-compatible"
    JSON = "json", "Signed JSON"
    JOB = "job", "Job report"

    @property
    def is_signed(self) -> bool:
        return self != Format.SLACK

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What can be told in it."""
        return JOB_ENDS if self == Format.JOB else tuple(Kind)


class HookQuerySet(models.QuerySet["Hook"]):
    def active(self) -> Self:
        return self.filter(removed_at=None)

    def listed(self) -> Self:
        """Those that people added, and look after."""
        return self.active().filter(is_for_requests=False)

    def of_team(self) -> Self:
        return self.listed().filter(person=None)


class Hook(models.Model):
    """A webhook of one person, or of the team (``person`` is None). It is told only the kinds that it names.

    ``sealed`` holds address and secret, encrypted by whoever adds it: this room cannot read them. ``host`` is
    shown in their place. A removed hook keeps its row, for the log, and loses what was sealed.

    One ``is_for_requests`` came with a script's request: it names no kinds, is told how the jobs that name it
    ended and nothing else, and signs with its person's RequestSecret. ``address_digest`` finds it again.
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
    """What everything is signed with that is sent to addresses of one person's requests. Sealed as a hook is."""

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
        """Waiting long enough, or begun by a worker that is not heard of any more."""
        return self.filter(state__in=OPEN, next_at__lte=now)


class Delivery(Told):
    """One mail or one call of a webhook, on its way out or gone: the outbox and its log.

    ``next_at``: when it is tried (again) while waiting; when its lease runs out while sending. ``claim`` names
    who is sending. ``held`` was put off by quiet hours: several such mails go as one. ``key`` is what a receiver
    knows it by. ``person`` is None for a webhook of the team. ``job_id`` is of a job report, whose words are read
    when it is sent; ``answer`` the last status that a webhook answered with.
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
        """What takes one at a time: the host of a webhook, or the mail server."""
        return self.address if self.channel == Channel.WEBHOOK else Channel.MAIL

    @property
    def can_go_again(self) -> bool:
        """A webhook also when it has arrived: what it leads to may have lost it. A mail only when it was not sent.

        Between two tries, too: whoever has mended what it leads to need not wait for hours.
        """
        if self.hook and self.hook.removed_at:
            return False
        if self.state == DeliveryState.WAITING:
            return self.tries > 0
        return self.state in (ENDED if self.channel == Channel.WEBHOOK else UNSENT)
