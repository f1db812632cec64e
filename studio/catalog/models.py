"""Connections to studios, and the mirror of the models that each of them offers."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import TextChoices
from django.utils import timezone

from studio.contract.capability import Capability
from studio.contract.corrections import corrected
from studio.contract.decode import decode_capability
from studio.contract.spelling.values import Unread

# By slug, version and hash of the admin's parameters: see StudioModel.revision.
_DECODED: dict[tuple[str, str, str], Capability] = {}


def _decoded(slug: str, version: str, record: dict[str, Any]) -> Capability:
    return _remembered((slug, version, ""), lambda: _read(slug, record))


def _read(slug: str, record: dict[str, Any]) -> Capability:
    """A record that an earlier version stored and this one cannot read takes nothing until the next refresh."""
    try:
        return decode_capability(slug, record)
    except Unread as unread:
        return Capability(slug, slug, inputs=(), notes=(unread.sentence,))


def _remembered(known: tuple[str, str, str], make: Callable[[], Capability]) -> Capability:
    if known not in _DECODED:
        if len(_DECODED) > 2_000:
            _DECODED.clear()
        _DECODED[known] = make()
    return _DECODED[known]


def digest(said: Any) -> str:
    """A short hash of a JSON value, the same on every machine and for every order of keys."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class BackupGap:
    """The time from a backup to its restore, by our own clock, which the database knows nothing about."""

    since: datetime
    until: datetime


class Connection(models.Model):
    """One account at one studio.

    A connection without a stored key is the sandbox, or is named by the environment, which holds its key.
    """

    class Kind(TextChoices):
        SANDBOX = "sandbox", "Sandbox studio"
        HTTP = "http", "Video Studio API"

    class State(TextChoices):
        WORKING = "working", "Working"
        UNREACHABLE = "unreachable", "Not reachable"
        PAUSED = "paused", "Key refused"

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind)
    base_url = models.URLField(blank=True)
    is_default = models.BooleanField(default=False)
    sealed_key = models.TextField(blank=True)  # see studio.catalog.vault
    key_ending = models.CharField(max_length=4, blank=True)  # of a long key, to recognize it
    state = models.CharField(max_length=12, choices=State, default=State.WORKING)
    state_reason = models.TextField(blank=True)
    state_since = models.DateTimeField(default=timezone.now)
    key_retry_at = models.DateTimeField(null=True, blank=True)  # the next read while the key is refused
    # Paused by an admin: nothing is sent, but running jobs are still watched.
    paused_since = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The hourly quota of paid requests: 24 is the published limit of the API.
    posts_per_hour = models.PositiveIntegerField(default=24)
    send_after = models.DateTimeField(null=True, blank=True)  # a 429 asked us to wait until then
    # When a backup was restored: requests that it has as queued may have been sent since, so nothing is sent.
    held_since = models.DateTimeField(null=True, blank=True)
    held_from = models.DateTimeField(null=True, blank=True)  # when that backup was taken
    # The last restore whose hold ended: requests repeated since then are checked against the history first.
    restored_at = models.DateTimeField(null=True, blank=True)
    restored_from = models.DateTimeField(null=True, blank=True)  # when that backup was taken
    restored_read_at = models.DateTimeField(
        null=True, blank=True
    )  # the first reading that reached back to before it
    restored_whole_at = models.DateTimeField(
        null=True, blank=True
    )  # the second one: everything since is mirrored
    clock_skew = models.FloatField(null=True, blank=True)  # seconds that the studio's clock is ahead of ours
    reports_fractions = models.BooleanField(default=False)  # of credits; we round amounts up
    models_read_at = models.DateTimeField(null=True, blank=True)  # the last good catalog
    models_tried_at = models.DateTimeField(null=True, blank=True)
    models_error = models.TextField(blank=True)  # why the last try failed, "" if it did not
    models_incomplete = models.TextField(blank=True)  # a sentence, if the studio has more than we read
    refresh_asked_at = models.DateTimeField(null=True, blank=True)
    history_read_at = models.DateTimeField(null=True, blank=True)  # the last good mirror of its history
    history_tried_at = models.DateTimeField(null=True, blank=True)
    test_asked_at = models.DateTimeField(null=True, blank=True)
    test_begun_at = models.DateTimeField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    test_passed = models.BooleanField(null=True, blank=True)
    test_result = models.TextField(blank=True)  # a sentence

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="connection_one_default"
            ),
            # Two accounts of one API are two connections. The environment and the sandbox have one each.
            models.UniqueConstraint(
                fields=["kind", "base_url"],
                condition=models.Q(sealed_key=""),
                name="connection_without_key_once_per_address",
            ),
            models.CheckConstraint(
                name="connection_state_is_known",
                condition=models.Q(state__in=["working", "unreachable", "paused"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_sandbox(self) -> bool:
        return self.kind == self.Kind.SANDBOX

    @property
    def is_working(self) -> bool:
        return self.state == self.State.WORKING

    @property
    def lets_send(self) -> bool:
        """False until someone acts: a refused key, an admin's pause, a restored backup."""
        return self.state != self.State.PAUSED and self.paused_since is None and self.held_since is None

    @property
    def hold(self) -> BackupGap:
        """The time that the hold after a restore is about. Raises ValueError if nothing is held."""
        if self.held_from is None or self.held_since is None:
            raise ValueError(f"The requests of {self} are not held.")
        return BackupGap(self.held_from, self.held_since)

    @property
    def is_being_tested(self) -> bool:
        asked, tested = self.test_asked_at, self.tested_at
        return asked is not None and (tested is None or tested < asked)

    @property
    def poll_seconds(self) -> int:
        """The shortest time between two polls of a running job; polling the sandbox costs nothing."""
        return 1 if self.is_sandbox else 3


class StudioModelQuerySet(models.QuerySet["StudioModel"]):
    def offered(self) -> Self:
        """Models that can be chosen: understood, still in the upstream's catalog, and not switched off there."""
        return self.filter(retired_at=None, unreadable_reason="", withheld_reason="")

    def with_slug(self, slug: str | None) -> "StudioModel | None":
        """The model with that slug, which may be any text a user entered."""
        known = slug and "\0" not in slug  # PostgreSQL rejects a NUL in a query
        return self.filter(slug=slug).first() if known else None

    def capability_named(self, slug: str) -> Capability | None:
        """The last capability of a model, even if it is no longer offered; None if unknown."""
        model = self.filter(unreadable_reason="").with_slug(slug)
        return model.capability if model else None

    def not_understood(self) -> Self:
        return self.filter(retired_at=None).exclude(unreadable_reason="")


class StudioModel(models.Model):
    """A model as the upstream last described it. One that disappeared is retired, not deleted."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="models")
    slug = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    record = models.JSONField()  # as received; in an object slug → record, without the slug
    notes = models.JSONField(default=list)  # sentences: what was changed or left out of the record
    version = models.CharField(max_length=16)  # changes whenever the record does
    # What an admin added, corrected or hid: see studio.contract.corrections. A refresh does not touch it.
    own_parameters = models.JSONField(default=list)
    position = models.PositiveIntegerField(default=0)  # the upstream's own order
    unreadable_reason = models.TextField(blank=True)
    withheld_reason = models.TextField(blank=True)  # why the studio lists it but does not offer it now
    first_seen_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = StudioModelQuerySet.as_manager()

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "slug"], name="model_once_per_connection")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_offered(self) -> bool:
        return self.retired_at is None and not (self.unreadable_reason or self.withheld_reason)

    @property
    def revision(self) -> str:
        """Changes whenever the capability may: with the record, and with the admin's parameters."""
        return f"{self.version}-{digest(self.own_parameters)}" if self.own_parameters else self.version

    @property
    def capability(self) -> Capability:
        """The decoded record with the admin's changes. Raises LookupError for a model that was not understood."""
        if not self.own_parameters:
            return self.published_capability
        known = (self.slug, self.version, digest(self.own_parameters))
        return _remembered(known, lambda: corrected(self.published_capability, self.own_parameters))

    @property
    def published_capability(self) -> Capability:
        """The decoded record of the studio. Raises LookupError for a model that was not understood."""
        if self.unreadable_reason:
            raise LookupError(self.unreadable_reason)
        return _decoded(self.slug, self.version, self.record)


class ModelChange(models.Model):
    """A visible change of a model: its price, or an option that was added or removed."""

    model = models.ForeignKey(StudioModel, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    what = models.CharField(max_length=40)  # "price", "durations", "retired", …
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["model", "-at"])]

    def __str__(self) -> str:
        return f"{self.what}: {self.before} → {self.after}"
