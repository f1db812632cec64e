"""A person's notification settings, in the shape of the settings page."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from django.db import transaction

from studio.notify.kinds import Channel, Kind, Person
from studio.notify.models import Preference, QuietHours

CHOSEN = (Channel.PAGE, Channel.MAIL)  # a webhook has its own list of kinds
type Choices = dict[tuple[Kind, Channel], bool]


def choices_of(person: Person) -> Choices:
    """(kind, channel) → whether it is on, for each kind that can concern the person."""
    kept = Preference.objects.filter(person=person.pk).values_list("kind", "channel", "wanted")
    chosen = {(kind, channel): wanted for kind, channel, wanted in kept}
    return {
        (kind, channel): chosen.get((kind, channel), kind.starts_with(channel))
        for kind in Kind.of(person)
        for channel in CHOSEN
    }


def choose(person: Person, wanted: Mapping[tuple[Kind, Channel], bool]) -> None:
    """Store only what differs from the defaults, so that people who chose nothing get better defaults later."""
    with transaction.atomic():
        for (kind, channel), is_wanted in wanted.items():
            what: dict[str, Any] = {"person_id": person.pk, "kind": kind, "channel": channel}
            if is_wanted == kind.starts_with(channel):
                Preference.objects.filter(**what).delete()
            else:
                Preference.objects.update_or_create(**what, defaults={"wanted": is_wanted})


def keep_quiet(person: Person, hours: tuple[time, time] | None) -> None:
    """Set quiet hours (from, until) by the installation's clock; None ends them. Waiting deliveries keep waiting."""
    if hours is None:
        QuietHours.objects.filter(pk=person.pk).delete()
    else:
        begins, ends = hours
        QuietHours.objects.update_or_create(pk=person.pk, defaults={"begins": begins, "ends": ends})
