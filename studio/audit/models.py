"""The entries of the log, and the end of their chain."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

from studio.audit import chain

APPEND_ONLY = "The audit log is append-only."


class EntryQuerySet(models.QuerySet["Entry"]):
    """Read-only: updates, deletes and bulk inserts raise TypeError. Only ``log.record`` writes."""

    def update(self, **fields: Any) -> NoReturn:
        raise TypeError(APPEND_ONLY)

    def delete(self) -> NoReturn:
        raise TypeError(APPEND_ONLY)

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(APPEND_ONLY)


class Entry(models.Model):
    """One decision. Never changed, never deleted; ``hash`` covers all other fields and the previous entry's hash."""

    number = models.PositiveBigIntegerField(primary_key=True)  # 1, 2, … without a gap
    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=60, db_index=True)  # "budget.changed"
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=120, blank=True)  # the name at that time
    about = models.CharField(max_length=80, blank=True, db_index=True)  # "job:12"
    detail = models.JSONField(default=dict)
    address = models.CharField(max_length=45, blank=True)  # as long as the longest IP address
    agent = models.CharField(max_length=120, blank=True)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}: {self.action} {self.about}".rstrip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(APPEND_ONLY)
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(APPEND_ONLY)

    def facts(self) -> dict[str, Any]:
        """Everything in the entry except its own hash."""
        return {
            "number": self.number,
            "at": chain.instant(self.at),
            "action": self.action,
            "by": self.by_id,
            "by_name": self.by_name,
            "about": self.about,
            "detail": self.detail,
            "address": self.address,
            "agent": self.agent,
            "previous": self.previous,
        }

    def digest(self) -> str:
        """The expected value of ``hash``."""
        return chain.digest(self.facts())


class HeadQuerySet(models.QuerySet["Head"]):
    def locked(self) -> "Head":
        """The end of the chain, locked until this transaction ends."""
        mine = self.select_for_update(no_key=True)
        if head := mine.filter(pk=1).first():
            return head
        last = Entry.objects.first()
        end = Head(pk=1, number=last.number, hash=last.hash) if last else Head(pk=1)
        self.bulk_create([end], ignore_conflicts=True)
        return mine.get(pk=1)


class Head(models.Model):
    """The end of the chain, in one row. ``record`` locks it until the commit, so that numbers have no gap."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=chain.GENESIS)

    objects = HeadQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


class Check(models.Model):
    """The result of a check: at ``at`` the chain was intact up to ``number``; ``trouble`` says where it broke."""

    at = models.DateTimeField(default=timezone.now)
    number = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)  # "" if it is broken
    broken_at = models.BigIntegerField(null=True)
    trouble = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.trouble or f"{self.number} entries are whole"

    @property
    def is_whole(self) -> bool:
        return not self.trouble
