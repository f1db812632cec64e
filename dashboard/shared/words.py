"""Formats amounts and times, for all pages and sentences."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from studio.contract.published_price import Discount


def amount(number: Decimal | float | None) -> str:
    """A number of credits, such as "1,900" or "12.5"; "unknown" for None."""
    if number is None:
        return "unknown"
    exact = Decimal(str(number)).quantize(Decimal("0.01"))
    return f"{exact:,f}".rstrip("0").rstrip(".")


def credits_phrase(number: Decimal | float | None) -> str:
    """ "1 credit", "1,900 credits", "an unknown number of credits"."""
    if number is None:
        return "an unknown number of credits"
    return f"{amount(number)} credit{'' if number == 1 else 's'}"


def discount_words(discount: Discount) -> str:
    """ "10 credits less", "10 % less"; a discount of unknown amount is not deducted from estimates."""
    if discount.credits is not None:
        return f"{credits_phrase(discount.credits)} less"
    return "a discount, amount unknown" if discount.percent is None else f"{amount(discount.percent)} % less"


def age(moment: datetime, now: datetime | None = None) -> str:
    """How long ago: "now", "3 min ago", "5 h ago", then the day. A future moment is "now"."""
    now = now or timezone.now()
    seconds = int((now - moment).total_seconds())
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    if seconds < 86_400:
        return f"{seconds // 3600} h ago"
    return day(moment, now)


def day(moment: datetime, now: datetime | None = None) -> str:
    """ "20 Nov", with the year if it is not the current one."""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    return f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"


def clock_time(moment: datetime | None, now: datetime | None = None) -> str:
    """ "14:05" for today, "20 Nov, 14:05" for another day; "an unknown time" for None."""
    if moment is None:
        return "an unknown time"
    local, today = timezone.localtime(moment), timezone.localtime(now)
    clock = f"{local:%H:%M}"
    return clock if local.date() == today.date() else f"{day(moment, now)}, {clock}"


def length(seconds: float) -> str:
    """A rounded duration: "40 s", "1 min", "2 h"."""
    if seconds < 55:
        return f"{max(5, round(seconds / 5) * 5)} s"
    if seconds < 3300:
        return f"{max(1, round(seconds / 60))} min"
    return f"{round(seconds / 3600)} h"


def days(since: date | None, until: date | None) -> str:
    """A range of days, both included, always with the year: "22 Nov 2026", "1–22 Nov 2026", "since 1 Nov 2026"."""
    if since is None or until is None:
        return f"until {_whole(until)}" if until else f"since {_whole(since)}" if since else "at any time"
    if since == until:
        return _whole(until)
    if since.year != until.year:
        return f"{_whole(since)} – {_whole(until)}"
    if since.month != until.month:
        return f"{since.day} {since:%b} – {_whole(until)}"
    return f"{since.day}–{_whole(until)}"


def month(day: date) -> str:
    """ "Nov 2026"."""
    return f"{day:%b %Y}"


def is_month(since: date, until: date) -> bool:
    """Whether the days, both included, are exactly one month."""
    return since == until.replace(day=1) and (until + timedelta(days=1)).day == 1


def _whole(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
