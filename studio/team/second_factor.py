"""A member's second factor: a code of an authenticator app, or a passkey."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from studio.team.models import Member

# REQUIRE_SECOND_FACTOR
NOBODY, ADMINS, EVERYONE = "", "admins", "everyone"
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only replace one


def has_one(member: Member) -> bool:
    found: bool = Authenticator.objects.filter(user=member, type__in=FACTORS).exists()
    return found


def is_required_of(member: Member) -> bool:
    """Whether this installation's policy requires one."""
    policy = settings.REQUIRE_SECOND_FACTOR
    return policy == EVERYONE or (policy == ADMINS and member.is_admin)


def is_missing(member: Member) -> bool:
    """True if the member must set one up before anything else."""
    return is_required_of(member) and not has_one(member)


def without_one(members: QuerySet[Member]) -> QuerySet[Member]:
    return members.exclude(Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)))


def forget(member: Member) -> bool:
    """Remove all factors of a member who lost the device. Returns False if there was none."""
    deleted, _ = Authenticator.objects.filter(user=member).delete()
    return bool(deleted)
