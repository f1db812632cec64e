"""Creates notifications: rows in the caller's transaction, so that both are written or neither.

At most six queries, whatever the number of people, and nothing leaves the process.
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

# Sent after a commit that put something into the outbox.
written = Signal()


def mail_is_offered() -> bool:
    """Without EMAIL_HOST no mail is sent, and none is queued."""
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
    """Notify each active person of ``people`` by the channels they chose, once per kind and ``about``.

    The team's webhooks for this kind are called, too, once. ``path`` is one of our pages ("/jobs/12/"). Texts that are
    too long for their column are cut. Safe to repeat. Never put a prompt into ``title`` or ``text``, because they are
    sent by mail and webhook. Raises ValueError for a ``path`` that is not one of our pages.
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
    fresh = _not_notified({person.pk: person for person in people if person.is_active}, kind, words["about"])
    notice = _Notice(words, now, fresh, _choices(kind, fresh))
    Notification.objects.bulk_create(notice.notifications(), ignore_conflicts=True)
    if deliveries := [*notice.mails(), *notice.calls()]:
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        announce_deliveries()


def announce_deliveries() -> None:
    """Signal, after the commit, that something is in the outbox."""
    transaction.on_commit(partial(written.send, sender=Delivery), robust=True)


def _not_notified(people: dict[int, Person], kind: Kind, about: str) -> dict[int, Person]:
    """People without this notification. If two transactions send it at the same time, the constraints decide."""
    sent = Notification.objects.filter(kind=kind, about=about, person__in=people)
    already = set(sent.values_list("person_id", flat=True)) if people else set()
    return {pk: person for pk, person in people.items() if pk not in already}


def _choices(kind: Kind, people: dict[int, Person]) -> dict[tuple[int, str], bool]:
    chosen = Preference.objects.filter(kind=kind, person__in=people)
    return {
        (person, channel): on for person, channel, on in chosen.values_list("person", "channel", "wanted")
    }


@dataclass(frozen=True, slots=True)
class _Notice:
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
        """All except those for job reports: see studio.notify.reporting."""
        listed = Hook.objects.listed().exclude(format=Format.JOB).defer("sealed")
        return (listed.filter(person__in=self.people) | listed.filter(person=None)).order_by("pk")

    def _delivery(self, quiet_end: datetime | None, **to: Any) -> Delivery:
        return Delivery(**self.words, **to, held=quiet_end is not None, next_at=quiet_end or self.now)


def quiet_ends(people: list[int], now: datetime) -> dict[int | None, datetime]:
    """When quiet hours end, for those of ``people`` who have quiet hours now."""
    hours = QuietHours.objects.filter(person__in=people) if people else ()
    return {quiet.pk: end for quiet in hours if (end := quiet.until(now))}
