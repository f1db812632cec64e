"""What clips were actually charged."""

from django.db import models
from django.utils import timezone


class PriceSample(models.Model):
    """What one clip was charged, with everything that its price can depend on. See studio.credits.learned."""

    connection = models.ForeignKey("catalog.Connection", on_delete=models.CASCADE, related_name="+")
    job_id = models.BigIntegerField(unique=True)
    at = models.DateTimeField(default=timezone.now)  # when the studio accepted the clip
    model_slug = models.CharField(max_length=200)
    quality = models.CharField(max_length=80, blank=True)
    duration = models.PositiveIntegerField(default=0)  # seconds; 0 if none was requested
    sound = models.BooleanField(default=False)
    optin = models.BooleanField(default=False)
    others = models.CharField(max_length=200, blank=True, default="")  # see studio.credits.learned.Key
    charged = models.PositiveBigIntegerField()
    estimate = models.PositiveBigIntegerField(
        null=True, blank=True
    )  # the estimate before it was sent; None: there was none

    KEY = ("connection_id", "model_slug", "quality", "duration", "sound", "optin", "others")

    class Meta:
        indexes = [
            models.Index(
                fields=["connection", "model_slug", "quality", "duration", "sound", "optin", "-id"],
                name="price_sample_newest_of_key",
            ),
            models.Index(fields=["at"], name="price_sample_at"),
        ]

    def __str__(self) -> str:
        return f"{self.model_slug}: {self.charged} credits"
