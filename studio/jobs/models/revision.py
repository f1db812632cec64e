"""A global revision number, in the order in which jobs changed."""

from django.db import models


class Revision(models.Model):
    """The one counter behind every live list, incremented in the transaction that changes a job."""

    value = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def current(cls) -> int:
        return cls.objects.filter(pk=1).values_list("value", flat=True).first() or 0

    @classmethod
    def bump(cls, by: int = 1) -> int:
        """Reserve the next ``by`` revisions and return the last. The row's lock keeps them in the order of commits."""
        if not cls.objects.filter(pk=1).update(value=models.F("value") + by):
            cls.objects.get_or_create(pk=1, defaults={"value": by})
        return cls.current()
