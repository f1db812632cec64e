"""The sign of life of a worker, so that pages can say when nothing is sending."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

SILENT_AFTER = timedelta(seconds=40)


class Heartbeat(models.Model):
    name = models.CharField(max_length=100, unique=True)  # host and process id
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def beat(cls, name: str) -> None:
        cls.objects.update_or_create(name=name, defaults={"at": timezone.now()})

    @classmethod
    def last_seen(cls) -> "Heartbeat | None":
        return cls.objects.order_by("-at").first()

    @property
    def is_silent(self) -> bool:
        return timezone.now() - self.at > SILENT_AFTER
