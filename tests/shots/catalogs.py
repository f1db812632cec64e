"""A studio whose models came, went and changed, and one that cannot be understood."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from studio.catalog.models import Connection, ModelChange, StudioModel
from studio.catalog.refresh import mirror
from studio.contract.decode import decode_models
from studio.sandbox import catalogue

GONE: dict[str, Any] = {
    "model_slug": "pika_2_turbo",
    "name": "Pika 2 Turbo",
    "engine": "Pika",
    "durations": [3, 5],
}
GONE |= {
    "aspect_ratios": ["16:9"],
    "inputs": ["text"],
    "credits": {"base": 45},
    "prompt": {"max_length": 800},
}
UNREAD = {"model_slug": "luma_ray_4", "name": "Luma Ray 4", "inputs": "smoke", "credits": {"base": 80}}
NEW_FIELDS = {
    "camera_control": {"modes": ["pan", "tilt", "orbit"], "strength": {"min": 0, "max": 1}},
    "first_frame_url": "optional",
    "seedable": True,
}


def make_changes(connection: Connection) -> None:
    """Three readings: the models of today are those of the sandbox, and one that cannot be read."""
    _read(
        connection,
        60,
        kling_3_0={"durations": [5, 10], "inputs": ["text"]},
        seedance_1_5_pro={"sound": False},
    )
    _read(connection, 34, extra=[GONE], kling_3_0={"credits": {"per_second": {"std": 24, "pro": 30}}})
    _read(connection, 27, extra=[UNREAD], kling_3_0=NEW_FIELDS)
    StudioModel.objects.filter(connection=connection).exclude(slug=UNREAD["model_slug"]).update(
        first_seen_at=timezone.now() - timedelta(days=200)
    )


def _read(
    connection: Connection, days_ago: int, extra: list[dict[str, Any]] | None = None, **said: Any
) -> None:
    """The studio said so then; ``said`` changes a model's record by its slug."""
    begun, then = timezone.now(), timezone.now() - timedelta(days=days_ago)
    records = [{**model, **said.get(model["model_slug"], {})} for model in catalogue.MODELS]
    mirror(connection, decode_models([*records, *(extra or [])]))
    ModelChange.objects.filter(model__connection=connection, at__gte=begun).update(at=then)
    mine = StudioModel.objects.filter(connection=connection)
    mine.filter(changed_at__gte=begun).update(changed_at=then)
    mine.filter(retired_at__gte=begun).update(retired_at=then)
