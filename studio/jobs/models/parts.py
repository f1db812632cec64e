"""The parts of a clip: the files that are kept here, and its timeline of events."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class JobFile(models.Model):
    """A stored file of a job. A job may have several; a file that could not be stored has no row."""

    class Kind(models.TextChoices):
        VIDEO = "video", "Video"
        AUDIO = "audio", "Sound"
        IMAGE = "image", "Picture"
        OTHER = "other", "File"  # anything else, or unreadable: can only be downloaded

    class Extras(models.TextChoices):
        """What is still to be made from the file: see studio.jobs.lifecycle.extras."""

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
    played = models.CharField(
        max_length=200, blank=True
    )  # the name of what a page plays: the clip, or its proxy
    hindrance = models.CharField(max_length=120, blank=True)  # the end of "Browsers do not play …"
    notes = models.JSONField(default=list, blank=True)  # sentences: which extras failed, and why
    is_looked_at = models.BooleanField(default=False)  # whether the columns above were ever determined
    extras = models.CharField(max_length=5, choices=Extras, default=Extras.NONE, blank=True)
    extras_after = models.DateTimeField(null=True, blank=True)  # set while something is still to be made
    extras_claim = models.PositiveSmallIntegerField(default=0)  # counts up, from 0 at each stage
    checked_at = models.DateTimeField(
        default=timezone.now
    )  # when its content was last compared with its hash

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
        """True if a page plays another file than the one that was paid for."""
        return self.played not in ("", self.clip)

    @property
    def all_names(self) -> tuple[str, ...]:
        """The names of all files made from it."""
        return tuple(filter(None, (self.poster, self.thumb, self.preview, self.played)))


class Event(models.Model):
    """An entry of a job's timeline."""

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
