"""The members of an installation, and their invitations and sign-in links."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from studio.core.rows import compare_and_set
from studio.team.errors import LinkRefused, NotAllowed


class Role(models.TextChoices):
    """Each role adds to the one before: see everything; create clips; decide on spending; run the installation."""

    VIEWER = "viewer", "Viewer"
    MEMBER = "member", "Member"
    MANAGER = "manager", "Manager"
    ADMIN = "admin", "Admin"


DECIDING = (Role.MANAGER, Role.ADMIN)


def known_role(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=models.Q(role__in=Role.values))


class MemberQuerySet(models.QuerySet["Member"]):
    def active_admins(self) -> Self:
        """Active admins, the earliest first."""
        return self.filter(role=Role.ADMIN, is_active=True).order_by("joined_at", "pk")

    def deciding(self) -> Self:
        """Members who may approve spending: managers and admins."""
        return self.filter(role__in=DECIDING, is_active=True)


_MemberManager = BaseUserManager.from_queryset(MemberQuerySet)


class MemberManager(_MemberManager["Member"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        """Without a password the member gets an unusable one, and signs in by a link."""
        member = self.model(email=email.strip().lower(), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        return self.create_user(email, password, **{"role": Role.ADMIN, "is_superuser": True, **fields})

    def get_by_natural_key(self, email: str | None) -> "Member":
        return self.get(email__iexact=email)

    def create_first_admin(self, email: str, password: str | None) -> "Member | None":
        """Create the admin of a new installation. Returns None, without creating one, if there is any member."""
        with transaction.atomic():
            return None if self.exists() else self.create_superuser(email, password, name="Admin")


class Member(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an email address in lower case. Leavers are deactivated, not deleted."""

    Role = Role

    email = models.EmailField("email", unique=True)
    name = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = MemberManager()

    class Meta:
        ordering = ["email"]
        constraints = [known_role("member_role_is_known")]

    def __str__(self) -> str:
        return self.name or self.email.partition("@")[0]

    @property
    def is_admin(self) -> bool:
        """Runs the installation: people, connections, the audit log."""
        return self.role == Role.ADMIN

    @property
    def is_manager(self) -> bool:
        """Decides on spending: budgets, approvals, projects, everyone's clips. True for admins, too."""
        return self.role in DECIDING

    @property
    def makes_clips(self) -> bool:
        """True except for viewers, who see everything and change nothing."""
        return self.role != Role.VIEWER

    def deactivate(self, *, by: "Member") -> None:
        """End the member's sessions, their sign-in links, and the invitations that they sent.

        Raises NotAllowed.
        """
        if self == by:
            raise NotAllowed("You can’t deactivate yourself. Ask another admin.")
        with transaction.atomic():
            must_be_admin(by)
            self.is_active = False
            self.save(
                update_fields=["is_active"]
            )  # not update(), because studio.team.sessions needs the signal
            Invitation.objects.open().filter(invited_by=self).delete()
            SignInLink.objects.open().filter(member=self).delete()

    def change_role(self, role: str, *, by: "Member") -> None:
        """Nobody can change their own role, so that an admin always remains. Raises NotAllowed."""
        if self == by:
            raise NotAllowed("You can’t change your own role. Ask another admin.")
        with transaction.atomic():
            must_be_admin(by)
            self.role = Role(role)
            self.save(update_fields=["role"])  # not update(), because studio.team.sessions needs the signal

    def reactivate(self) -> None:
        Member.objects.filter(pk=self.pk).update(is_active=True)
        self.is_active = True


def must_be_admin(member: Member) -> None:
    """Call it in a transaction: other roles cannot change until it ends. Raises NotAllowed.

    The rows are locked, so that of two admins who demote or deactivate each other only one succeeds.
    """
    if member not in list(Member.objects.active_admins().select_for_update()):
        raise NotAllowed("Only an active admin can do that.")


def digest(token: str) -> str:
    """The stored hash of a token. Tokens have 256 random bits, so a plain hash cannot be reversed by guessing."""
    return hashlib.sha256(token.encode()).hexdigest()


class OneTimeLinkQuerySet[Link: "OneTimeLink"](models.QuerySet[Link]):
    def issue(self, *, lifetime: timedelta | None = None, **fields: Any) -> Link:
        """A new link. Its ``token`` exists only on this object and cannot be read later."""
        token = secrets.token_urlsafe(32)
        expires_at = timezone.now() + (lifetime or self.model.LIFETIME)
        link = self.create(token_hash=digest(token), expires_at=expires_at, **fields)
        link.token = token
        return link

    def open(self) -> Self:
        return self.filter(used_at=None, expires_at__gt=timezone.now())

    def with_token(self, token: str) -> Link:
        """The open link that ``token`` belongs to. Raises LinkRefused."""
        link = self.open().filter(token_hash=digest(token)).first()
        if link is None:
            raise LinkRefused("This link was used already, or is too old.")
        return link


class OneTimeLink(models.Model):
    """A link that signs one person in, once, until it expires."""

    LIFETIME: ClassVar[timedelta]
    token = ""  # set by issue() alone

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def use(self) -> None:
        """Compare-and-set: of two requests with the same link one succeeds. Raises LinkRefused for the other."""
        if not compare_and_set(OneTimeLinkQuerySet(type(self)).open(), self, used_at=timezone.now()):
            raise LinkRefused("This link was used already, or is too old.")


class Invitation(OneTimeLink):
    """An admin's invitation. ``email`` only pre-fills the form: anyone with the link may use it."""

    LIFETIME = timedelta(days=7)

    email = models.EmailField("email", blank=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    invited_by = models.ForeignKey(Member, models.PROTECT, related_name="invitations")

    objects = OneTimeLinkQuerySet["Invitation"].as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [known_role("invitation_role_is_known")]

    def __str__(self) -> str:
        return f"Invitation for {self.email or 'anyone with the link'}"

    def get_absolute_url(self) -> str:
        return reverse("dashboard:invitation-accept", args=[self.token])

    def accept(self, *, name: str, email: str, password: str) -> Member:
        """Create and return the new member. Raises LinkRefused if the invitation was already used."""
        with transaction.atomic():
            self.use()
            return Member.objects.create_user(email, password, name=name, role=self.role)


class SignInLink(OneTimeLink):
    """Signs one member in without a password."""

    LIFETIME = timedelta(minutes=60)

    member = models.ForeignKey(Member, models.CASCADE, related_name="sign_in_links")

    objects = OneTimeLinkQuerySet["SignInLink"].as_manager()

    def __str__(self) -> str:
        return f"Sign-in link for {self.member}"

    def get_absolute_url(self) -> str:
        return reverse("dashboard:welcome", args=[self.token])

    @classmethod
    def consume(cls, token: str) -> Member:
        """The member to sign in. Raises LinkRefused if the link is used, expired or unknown, or the member inactive."""
        link = cls.objects.filter(member__is_active=True).select_related("member").with_token(token)
        link.use()
        return link.member


class SessionsEnded(models.Model):
    """How many sessions of a member have ended, updated in the transaction that ends one (studio.team.sessions)."""

    member = models.BigIntegerField(primary_key=True)  # not a foreign key, so that it outlives the member
    count = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.count} of member {self.member}"

    @classmethod
    def one_more(cls, member: int) -> None:
        more = {"count": models.F("count") + 1}
        cls.objects.update_or_create(pk=member, defaults=more, create_defaults={"count": 1})
