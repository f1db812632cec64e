"""What the gateway stores: the calls of the last minute, and which requests may not be made twice."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from studio.tokens.models import Scope


class Call(models.Model):
    """A call that counts towards the rate of its token. The row goes when the call leaves the window."""

    token = models.ForeignKey("tokens.Token", on_delete=models.CASCADE, related_name="+", db_index=False)
    scope = models.CharField(max_length=10, choices=Scope)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["token", "scope", "at"], name="call_window")]

    def __str__(self) -> str:
        return f"{self.scope} of token {self.token_id} at {self.at}"


class Keyed(models.Model):
    """A request that came with an Idempotency-Key: the same key is the same intent, and makes no second clip.

    ``intent`` is what studio.jobs.submit knows it by; a new one once the studio refused the request, so that it can
    be tried again under its key. ``fingerprint`` is of its body; empty once that was refused: any may come then.
    """

    token = models.ForeignKey("tokens.Token", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    intent = models.UUIDField(default=uuid.uuid4)
    made_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["token", "key"], name="keyed_once")]

    def __str__(self) -> str:
        return f"{self.key} of token {self.token_id}"
