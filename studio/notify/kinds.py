"""The kinds of notifications, whom they can concern, and their default channels."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from django.db import models

SAMPLE = "test"  # the kind of a delivery that someone sends to test a webhook


class Person(Protocol):
    """The part of a member that this room needs."""

    pk: int
    email: str
    is_active: bool

    @property
    def is_manager(self) -> bool: ...

    @property
    def is_admin(self) -> bool: ...


class Audience(Enum):
    EVERYBODY = "everybody"
    MANAGERS = "managers"
    ADMINS = "admins"

    def holds(self, person: Person) -> bool:
        match self:
            case Audience.EVERYBODY:
                return True
            case Audience.MANAGERS:
                return person.is_manager
            case Audience.ADMINS:
                return person.is_admin


class Channel(models.TextChoices):
    PAGE = "page", "In Dailies"
    MAIL = "mail", "By email"
    WEBHOOK = "webhook", "By webhook"


class Kind(models.TextChoices):
    """Notifications on the page are on by default. A webhook has its own list of kinds."""

    CLIP_READY = "clip_ready", "Clip ready"
    CLIP_FAILED = "clip_failed", "Clip failed"
    ATTENTION = "attention", "Needs attention"
    APPROVAL_WANTED = "approval_wanted", "Approval needed"
    APPROVAL_DECIDED = "approval_decided", "Approval decision"
    BUDGET_ASKED = "budget_asked", "Budget request"
    BUDGET_WARNED = "budget_warned", "Budget at 80 %"
    BUDGET_SPENT = "budget_spent", "Budget used up"
    BALANCE_LOW = "balance_low", "Low balance"
    KEY_REFUSED = "key_refused", "API key rejected"
    PRICE_HIGHER = "price_higher", "Charged above estimate"

    @property
    def sentence(self) -> str:
        """For the settings: completes "Notify me when …"."""
        return ABOUT[self].sentence

    @property
    def is_mailed(self) -> bool:
        return ABOUT[self].mailed

    def can_concern(self, person: Person) -> bool:
        return ABOUT[self].audience.holds(person)

    def starts_with(self, channel: Channel) -> bool:
        """Whether this channel is on by default."""
        return channel == Channel.PAGE or (channel == Channel.MAIL and self.is_mailed)

    @classmethod
    def of(cls, person: Person) -> "list[Kind]":
        return [kind for kind in cls if kind.can_concern(person)]


JOB_ENDS = (Kind.CLIP_READY, Kind.CLIP_FAILED)


@dataclass(frozen=True, slots=True)
class About:
    sentence: str
    mailed: bool = False
    audience: Audience = Audience.EVERYBODY


ABOUT = {
    Kind.CLIP_READY: About("my clip is ready"),
    Kind.CLIP_FAILED: About("my clip failed"),
    Kind.ATTENTION: About("a clip needs attention", mailed=True),
    Kind.APPROVAL_WANTED: About("a request needs my approval", True, Audience.MANAGERS),
    Kind.APPROVAL_DECIDED: About("my request is approved or declined", mailed=True),
    Kind.BUDGET_ASKED: About("someone requests more budget", False, Audience.MANAGERS),
    Kind.BUDGET_WARNED: About("a budget I use reaches 80 %"),
    Kind.BUDGET_SPENT: About("a budget I use is used up", mailed=True),
    Kind.BALANCE_LOW: About("a connection is running out of credits", True, Audience.MANAGERS),
    Kind.KEY_REFUSED: About("a studio rejects our API key", True, Audience.ADMINS),
    Kind.PRICE_HIGHER: About("a clip costs more than its estimate", True, Audience.ADMINS),
}
