"""A clip, from the form to the file."""

from collections.abc import Iterable, Iterator
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from studio.contract.request import GenerateRequest
from studio.jobs.models.parts import Event, JobFile
from studio.jobs.models.progress import Progress
from studio.jobs.models.requests import Submission
from studio.jobs.privacy import HIDDEN, Blankable, SeenQuerySet, is_hidden
from studio.jobs.states import UNSENT, WATCHED, JobState


class JobQuerySet(SeenQuerySet["Job"]):
    def for_user(self, user: Any) -> Self:
        """What this person may see: every job, but not the content of other people's private ones."""
        if isinstance(user, AnonymousUser) or not user.is_active:
            return self.none()
        return self.read_for(user)

    def as_seen(self, rows: Iterable["Job"], viewer: Any) -> Iterator["Job"]:
        return (job.seen_by(viewer) for job in rows)

    def private(self) -> Self:
        return self.filter(is_private=True)

    def hidden_from(self, viewer: Any) -> Self:
        """Other people's private jobs: those that ``is_hidden`` hides."""
        return self.private().exclude(spender=viewer.pk)

    def to_archive(self) -> Self:
        """Completed at the studio, with a copy still to be made."""
        return self.filter(archive_after__isnull=False)

    def to_be_looked_at(self) -> Self:
        """Stored here, with facts and pictures still to be made."""
        waiting = JobFile.objects.filter(extras_after__isnull=False, extras=JobFile.Extras.LOOK)
        return self.filter(pk__in=waiting.values("job"))

    def watched(self) -> Self:
        """Accepted by the upstream and not ended there: the worker polls these."""
        return self.filter(state__in=WATCHED)

    def unclear(self) -> Self:
        """Accepted by the upstream, which reports no clear end: a person may decide."""
        return self.filter(state=JobState.ATTENTION, upstream_id__isnull=False)

    def in_doubt(self) -> Self:
        """Not proven to be accepted or not: a person decides."""
        return self.filter(state=JobState.ATTENTION, upstream_id__isnull=True)

    def unsent(self) -> Self:
        """Not known to be charged yet: their estimates still have to come off the balance."""
        return self.filter(state__in=UNSENT, upstream_id__isnull=True)

    def in_state(self, state: str) -> Self:
        return self.filter(state=state)

    def newest_first(self) -> Self:
        return self.order_by("-id")

    def before(self, job_id: int | None) -> Self:
        """Keyset paging: rows older than the last row of the previous page."""
        return self.filter(id__lt=job_id) if job_id else self

    def changed_since(self, revision: int) -> Self:
        return self.filter(rev__gt=revision)


class Job(Progress, Blankable):
    """One clip, from the form to the file.

    Before the upstream accepts it, ``state`` mirrors its submission; after that it goes pending → processing →
    completed or failed. It needs attention in between if the upstream reports no clear end. A failed job may still
    be completed later.
    """

    State = JobState

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs")
    connection = models.ForeignKey(
        "catalog.Connection", on_delete=models.PROTECT, related_name="jobs", db_index=False
    )
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="jobs")
    project = models.ForeignKey("projects.Project", on_delete=models.PROTECT, related_name="jobs")
    # Whose budget it was booked on, and on which day. These stay, even if the clip gets another owner.
    spender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_on = models.DateField()
    # The token of the script that created it, the id that scripts know it by, and the webhook to call at its end.
    api_token = models.ForeignKey(
        "tokens.Token", models.PROTECT, null=True, blank=True, related_name="jobs", db_index=False
    )
    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    hook = models.ForeignKey(
        "notify.Hook", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    is_private = models.BooleanField(default=False)  # see studio.jobs.privacy
    upstream_id = models.CharField(max_length=200, null=True, blank=True)
    model_slug = models.CharField(max_length=200)
    model_name = models.CharField(max_length=200)
    model_family = models.CharField(max_length=80, blank=True)
    prompt = models.TextField(blank=True)
    request = models.JSONField()  # every parameter, in the API's field names
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    state_since = models.DateTimeField(default=timezone.now)
    state_word = models.CharField(
        max_length=80, blank=True
    )  # the upstream's own word, if it is not one of ours
    word_since = models.DateTimeField(null=True, blank=True)  # since when the upstream reports that word
    misses = models.PositiveSmallIntegerField(
        default=0
    )  # consecutive polls in which the upstream did not know the job
    error = models.TextField(blank=True)  # a sentence for a person
    error_field = models.CharField(max_length=40, blank=True)  # the form field that the sentence is about
    estimate = models.PositiveBigIntegerField(null=True, blank=True)  # credits; None: the price is unknown
    charged = models.PositiveBigIntegerField(null=True, blank=True)  # credits, as the upstream reported
    refunded = models.BooleanField(default=False)
    refund = models.PositiveBigIntegerField(
        null=True, blank=True
    )  # credits; None: no refund, or the whole charge if the upstream gave no amount
    expected_seconds = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    polled_at = models.DateTimeField(null=True, blank=True)
    result_urls = models.JSONField(default=list, blank=True)
    extra_urls = models.JSONField(
        default=list, blank=True
    )  # thumbnails and the like: not needed for a complete clip
    # The copy in our own storage: studio.jobs.lifecycle.archiving explains the states. Names, sizes and lengths are
    # those of the first file, for the lists; all files are in JobFile.
    archive = models.CharField(max_length=8, blank=True)  # "", waiting, copying, stored, lost
    archive_error = models.TextField(blank=True)
    archive_tries = models.PositiveSmallIntegerField(default=0)  # failed tries with the current addresses
    archive_claim = models.PositiveIntegerField(
        default=0
    )  # counts up, so that a worker whose lease ran out can move nothing
    archive_after = models.DateTimeField(null=True, blank=True)  # set while a copy is still to be made
    archive_refreshed_at = models.DateTimeField(null=True, blank=True)  # when new addresses were requested
    clip = models.CharField(max_length=200, blank=True)  # names below MEDIA_URL
    poster = models.CharField(max_length=200, blank=True)
    thumb = models.CharField(max_length=200, blank=True)
    preview = models.CharField(max_length=200, blank=True)
    played = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)  # bytes
    rev = models.PositiveBigIntegerField(default=0)  # the revision of its last change, see Revision

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "upstream_id"], name="job_once_per_upstream_id"),
            models.CheckConstraint(name="job_state_is_known", condition=models.Q(state__in=JobState.values)),
            models.CheckConstraint(
                name="job_upstream_id_once_accepted",
                condition=~models.Q(state__in=["pending", "processing", "completed", "failed"])
                | models.Q(upstream_id__isnull=False),
            ),
            models.CheckConstraint(
                name="job_archive_is_known",
                condition=models.Q(archive__in=["", "waiting", "copying", "stored", "lost"]),
            ),
            models.CheckConstraint(
                name="job_archive_due_while_open",
                condition=~models.Q(archive__in=["waiting", "copying"])
                | models.Q(archive_after__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["rev"]),
            models.Index(fields=["state", "-id"]),
            models.Index(fields=["connection", "state", "-id"], name="job_at_connection"),
            models.Index(fields=["owner", "-id"]),
            models.Index(fields=["model_slug", "-id"]),
            models.Index(fields=["project", "-id"]),
            models.Index(fields=["asked_on", "-id"]),
            models.Index(fields=["-id"], condition=models.Q(is_private=True), name="job_private"),
            # NOT NULL is the only condition that SQLite matches when parameters are bound.
            models.Index(
                fields=["api_token", "-id"],
                condition=models.Q(api_token__isnull=False),
                name="job_of_token",
            ),
            models.Index(
                fields=["archive_after"],
                condition=models.Q(archive_after__isnull=False),
                name="job_to_archive",
            ),
        ]

    def __str__(self) -> str:
        return f"job {self.pk} ({self.state})"

    def seen_by(self, viewer: Any) -> Self:
        """This row, without what is hidden from ``viewer``."""
        if is_hidden(self, viewer):
            self.hide()
        return self

    def blank(self) -> dict[str, Any]:
        """The reason for asking a person stays, because it is our text. The studio's may quote the prompt."""
        nothing = dict.fromkeys(("width", "height", "seconds", "size"))
        texts = (
            "state_word",
            "error_field",
            "archive_error",
            "clip",
            "poster",
            "thumb",
            "preview",
            "played",
        )
        return {
            **nothing,
            **dict.fromkeys(texts, ""),
            "prompt": HIDDEN,
            "request": {"model_slug": self.model_slug, "prompt": HIDDEN},
            "error": self.error if self.state == JobState.ATTENTION and not self.is_at_studio else "",
            "result_urls": [],
            "extra_urls": [],
        }

    @property
    def visible_files(self) -> list[JobFile]:
        return [] if self.is_hidden else list(self.files.all())

    @property
    def visible_events(self) -> list[Event]:
        """The timeline, in order. For a hidden clip without the details, which may be the studio's words."""
        events = list(self.events.select_related("person"))
        for event in events:
            event.detail = "" if self.is_hidden else event.detail
        return events

    @property
    def generate_request(self) -> GenerateRequest:
        return GenerateRequest.from_json(self.request)

    @property
    def is_at_studio(self) -> bool:
        """The studio accepted it and gave it an id."""
        return self.upstream_id is not None

    @property
    def has_unclear_end(self) -> bool:
        """The studio accepted it, and a person has to judge its outcome."""
        return self.state == JobState.ATTENTION and self.is_at_studio

    @property
    def takes_an_address(self) -> bool:
        """A person may enter its file's address: the copy is lost, or no address is known."""
        is_missing = self.archive == "lost" or (self.archive == "waiting" and not self.result_urls)
        return self.has_unclear_end or is_missing

    @property
    def can_be_cancelled(self) -> bool:
        """Nothing was sent, or the request was refused: cancelling is free."""
        return self.state in (JobState.APPROVAL, JobState.QUEUED, JobState.BLOCKED)

    @property
    def can_be_left(self) -> bool:
        """It is in progress at the studio, which goes on even if nobody watches it here."""
        return self.state in WATCHED
