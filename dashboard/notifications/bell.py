"""The bell in the header: the number of unread notifications, and new ones.

It asks by itself every 30 s, apart from the polls of the lists: what concerns one person only would make those of
everybody else ask Django. One small query answers it.
"""

from dataclasses import dataclass

from studio.notify.models import Notification

MOST = 99
MOST_TOASTS = 3


@dataclass(frozen=True, slots=True)
class Bell:
    """``newest``: the newest notification the page knows, read or not. ``count`` is MOST + 1 if there are more."""

    count: int
    newest: int = 0

    @property
    def number(self) -> str:
        return f"{MOST}+" if self.count > MOST else str(self.count or "")


def bell(person: int, known: int = 0) -> Bell:
    unread = Notification.objects.inbox_of(person).unread()
    found = list(unread.values_list("pk", flat=True)[: MOST + 1])
    return Bell(len(found), max(known, *found[:1], 0))


def just_came(person: int, known: int) -> list[Notification]:
    """Unread ones newer than ``known``, the newest first."""
    return list(Notification.objects.inbox_of(person).unread().filter(pk__gt=known)[:MOST_TOASTS])
