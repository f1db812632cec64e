"""What belongs to a clip: its files that are kept here, and what happened to it."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class JobFile(models.Model):
    """A file of a job that is kept here. A job may have several; one that could not be kept has no row."""

    class Kind(models.TextChoices):
        VIDEO = "video", "Video"
        AUDIO = "audio", "Sound"
        IMAGE = "image", "Picture"
        OTHER = "other", "File"  # neither of these, or none that can be read: only ever saved

    class Extras(models.TextChoices):
        """What is still to be made of it: see studio.jobs.lifecycle.extras."""

        NONE = "", "Nothing"
        LOOK = "look", "Facts and pictures"
        PROXY = "proxy", "A version that browsers play"

    job = models.ForeignKey("Job", on_delete=models.CASCADE, related_name="files")
    position = models.PositiveSmallIntegerField()  # in the studio's list of addresses, from 0
    url = models.TextField()  # where it was copied from
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.VIDEO)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)  # hexadecimal, of the file itself
    size = models.PositiveBigIntegerField()  # bytes
    clip = models.CharField(max_length=200)  # names below MEDIA_URL
    poster = models.CharField(max_length=200, blank=True)
    thumb = models.CharField(max_length=200, blank=True)
    preview = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    format = models.CharField(max_length=120, blank=True)  # for people: "MP4 · HEVC, 10 bit"
    played = models.CharField(max_length=200, blank=True)  # what a page plays: the clip, or a proxy of it
    hindrance = models.CharField(max_length=120, blank=True)  # the end of "Browsers do not play …"
    notes = models.JSONField(default=list, blank=True)  # sentences: which of its extras failed, and why
    is_looked_at = models.BooleanField(default=False)  # whether the columns above were ever found out
    extras = models.CharField(max_length=5, choices=Extras, default=Extras.NONE, blank=True)
    extras_after = models.DateTimeField(null=True, blank=True)  # set while there is something to be made
    extras_claim = models.PositiveSmallIntegerField(default=0)  # counts up, from 0 at each stage
    checked_at = models.DateTimeField(
        default=timezone.now
    )  # when its bytes were last compared with its digest

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="job_file_once_per_position"),
        ]
        indexes = [
            models.Index(fields=["checked_at"], name="job_file_checked"),
            models.Index(fields=["sha256"], name="job_file_digest"),
            models.Index(
                fields=["extras_after"],
                condition=models.Q(extras_after__isnull=False),
                name="job_file_extras",
            ),
        ]

    def __str__(self) -> str:
        return f"file {self.position + 1} of job {self.job_id} ({self.kind})"

    @property
    def plays_proxy(self) -> bool:
        """A page plays another file than the one that was paid for."""
        return self.played not in ("", self.clip)

    @property
    def all_names(self) -> tuple[str, ...]:
        """What is made of it and kept next to it."""
        return tuple(filter(None, (self.poster, self.thumb, self.preview, self.played)))


class Event(models.Model):
    """What happened to a job, in words, for its timeline."""

    job = models.ForeignKey("Job", on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    what = models.CharField(max_length=20)  # the state reached, or a word such as "stored"
    detail = models.TextField(blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.what} {self.detail}".strip()
