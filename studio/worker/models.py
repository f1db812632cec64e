"""Heartbeats of workers, so that pages can show when no worker is running."""

from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

SILENT_AFTER = timedelta(seconds=40)
FORGET_AFTER = timedelta(hours=1)


class Life(models.Model):
    """One worker process, from its start to its end. Unlike a heartbeat it says nothing about its loops.

    Written and compared by the clock of the database only, see ``studio.worker.presence``.
    """

    id = models.UUIDField(primary_key=True)
    beat_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"worker {self.id}"


class Heartbeat(models.Model):
    name = models.CharField(max_length=100, unique=True)  # host and process id
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def beat(cls, name: str, loops: dict[str, Any] | None = None) -> None:
        """Record that a worker is alive. The state of its ``loops`` is cached for a minute."""
        cls.objects.update_or_create(name=name, defaults={"at": timezone.now()})
        cache.set(f"worker:{name}", loops or {}, timeout=60)

    @classmethod
    def leave(cls, name: str) -> None:
        """A worker stopped in an orderly way. The last one's row stays, to show since when there is none."""
        others = cls.objects.exclude(name=name)
        if others.exists():
            cls.objects.filter(name=name).delete()

    @classmethod
    def prune(cls) -> None:
        """Delete workers that died long ago, except the one that was seen last.

        Rows in the future were written before the clock was set back; otherwise they would count as seen last.
        """
        cls.objects.filter(at__gt=timezone.now() + SILENT_AFTER).delete()
        last = cls.last_seen()
        if last:
            old = cls.objects.filter(at__lt=timezone.now() - FORGET_AFTER)
            old.exclude(pk=last.pk).delete()

    @classmethod
    def last_seen(cls) -> "Heartbeat | None":
        return cls.objects.order_by("-at").first()

    @classmethod
    def is_anyone_alive(cls) -> bool:
        return cls.fresh().exists()

    @classmethod
    def fresh(cls) -> models.QuerySet["Heartbeat"]:
        """Heartbeats of live workers. One in the future was written before the clock was set back."""
        now = timezone.now()
        return cls.objects.filter(at__gt=now - SILENT_AFTER, at__lt=now + SILENT_AFTER)

    @classmethod
    def silent_since(cls) -> datetime | None:
        """When a worker was last seen, if that is too long ago. None while one is alive, or if there never was one."""
        last = cls.last_seen()
        return last.at if last and last.is_silent else None

    @property
    def is_silent(self) -> bool:
        return abs(timezone.now() - self.at) > SILENT_AFTER

    @property
    def loops(self) -> dict[str, Any]:
        """The state of its loops at its last heartbeat: see ``HealthBoard.summary``. Empty after a minute."""
        return dict(cache.get(f"worker:{self.name}", {}))
