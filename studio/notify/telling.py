"""Telling people of something: rows in the caller's transaction, so that both happen or neither.

Six queries at most, whatever the number of people, and nothing leaves the process.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from studio.notify.kinds import Channel, Kind, Person
from studio.notify.models import (
    ABOUT,
    PATH,
    TITLE,
    Delivery,
    Format,
    Hook,
    Notification,
    Preference,
    QuietHours,
)

# Sent when something was put into the outbox and that is committed: whoever delivers may wish to know.
written = Signal()


def mail_is_offered() -> bool:
    """Without EMAIL_HOST nothing is mailed, and nothing waits for it."""
    return bool(settings.MAILERS)


def notify(
    kind: Kind,
    people: Iterable[Person],
    *,
    about: str,
    title: str,
    text: str = "",
    path: str = "",
    at: datetime | None = None,
) -> None:
    """Tell each of ``people`` who is active, once for this kind and ``about``, as each of them chose.

    Hooks of the team that take the kind are told, too, once. ``path`` is a page of ours ("/jobs/12/"). What is
    longer than its column is cut: words must not fail what they are about. Harmless when repeated. A prompt has
    no place in ``title`` and ``text``: they leave the house by mail and webhook.
    """
    if path and (not path.startswith("/") or path.startswith("//")):
        raise ValueError(f"Not a page of ours: {path}")
    now = timezone.now()
    words: dict[str, Any] = {
        "kind": kind,
        "about": about[:ABOUT],
        "title": " ".join(title.split())[:TITLE],
        "text": text,
        "path": path[:PATH],
        "at": at or now,
    }
    fresh = _not_yet_told({person.pk: person for person in people if person.is_active}, kind, words["about"])
    telling = _Telling(words, now, fresh, _choices(kind, fresh))
    Notification.objects.bulk_create(telling.notifications(), ignore_conflicts=True)
    if deliveries := [*telling.mails(), *telling.calls()]:
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        announce_deliveries()


def announce_deliveries() -> None:
    """Something is in the outbox once this transaction is committed."""
    transaction.on_commit(partial(written.send, sender=Delivery), robust=True)


def _not_yet_told(people: dict[int, Person], kind: Kind, about: str) -> dict[int, Person]:
    """Two who tell the same at once are settled by the tables' constraints."""
    told = Notification.objects.filter(kind=kind, about=about, person__in=people)
    already = set(told.values_list("person_id", flat=True)) if people else set()
    return {pk: person for pk, person in people.items() if pk not in already}


def _choices(kind: Kind, people: dict[int, Person]) -> dict[tuple[int, str], bool]:
    chosen = Preference.objects.filter(kind=kind, person__in=people)
    return {
        (person, channel): on for person, channel, on in chosen.values_list("person", "channel", "wanted")
    }


@dataclass(frozen=True, slots=True)
class _Telling:
    words: dict[str, Any]
    now: datetime
    people: dict[int, Person]
    chosen: dict[tuple[int, str], bool]

    def wants(self, person: int, channel: Channel) -> bool:
        kind: Kind = self.words["kind"]
        return self.chosen.get((person, channel), kind.starts_with(channel))

    def notifications(self) -> Iterator[Notification]:
        for pk in self.people:
            yield Notification(person_id=pk, in_page=self.wants(pk, Channel.PAGE), **self.words)

    def mails(self) -> Iterator[Delivery]:
        mailed = [pk for pk in self.people if self.wants(pk, Channel.MAIL)] if mail_is_offered() else []
        quiet = quiet_ends(mailed, self.now)
        for pk in mailed:
            yield self._delivery(
                quiet.get(pk), channel=Channel.MAIL, person_id=pk, address=self.people[pk].email
            )

    def calls(self) -> Iterator[Delivery]:
        hooks = [hook for hook in self._hooks() if self.words["kind"] in hook.kinds]
        quiet = quiet_ends([hook.person_id for hook in hooks if hook.person_id], self.now)
        for hook in hooks:
            yield self._delivery(
                quiet.get(hook.person_id),
                channel=Channel.WEBHOOK,
                person_id=hook.person_id,
                hook=hook,
                address=hook.host,
            )

    def _hooks(self) -> Iterable[Hook]:
        """But those that take job reports: see studio.notify.reporting."""
        listed = Hook.objects.listed().exclude(format=Format.JOB).defer("sealed")
        return (listed.filter(person__in=self.people) | listed.filter(person=None)).order_by("pk")

    def _delivery(self, quiet_end: datetime | None, **to: Any) -> Delivery:
        return Delivery(**self.words, **to, held=quiet_end is not None, next_at=quiet_end or self.now)


def quiet_ends(people: list[int], now: datetime) -> dict[int | None, datetime]:
    """When the quiet hours end, for those of ``people`` who are in theirs."""
    hours = QuietHours.objects.filter(person__in=people) if people else ()
    return {quiet.pk: end for quiet in hours if (end := quiet.until(now))}
