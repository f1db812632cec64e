"""Personal access tokens, as they are stored."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

LONGEST_NAME = 60


class Scope(models.TextChoices):
    """What a token may do for its member. Scopes are independent: one that may only generate cannot read."""

    READ = "read", "Read"  # models, the member's own jobs and their files
    GENERATE = "generate", "Generate"  # create clips, which costs credits


class TokenQuerySet(models.QuerySet["Token"]):
    def active(self) -> Self:
        """Not revoked; expired tokens are still listed."""
        return self.filter(revoked_at=None)

    def usable(self) -> Self:
        lasting = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.active().filter(lasting, owner__is_active=True)

    def limitable(self) -> Self:
        """Tokens that can have a budget, with their owners."""
        return self.usable().select_related("owner").order_by("name", "pk")


class Token(models.Model):
    """One token of one member. A revoked token keeps its row, because clips and ledger entries refer to it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=LONGEST_NAME)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    ending = models.CharField(max_length=4, editable=False)  # its last characters, to recognize it
    scopes = models.JSONField(default=list)  # of Scope
    made_at = models.DateTimeField(default=timezone.now)
    # The project of the clips that it creates; None: the general project.
    project = models.ForeignKey(
        "projects.Project", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField(null=True, blank=True)  # None: never
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the minute
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["owner", "-id"])]

    def __str__(self) -> str:
        return self.name

    @property
    def long_name(self) -> str:
        """ "Night script (Editor)", because two people may give a token the same name."""
        return f"{self.name} ({self.owner})"

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and not self.has_expired and self.owner.is_active

    def may(self, scope: Scope) -> bool:
        """Whether the token has the scope. Its member's own rights are checked elsewhere."""
        return scope in self.scopes
