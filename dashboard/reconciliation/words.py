"""The sentences of the reconciliation."""

from datetime import datetime

from django.utils import timezone

from dashboard.shared.words import amount, clock_time, credits_phrase, day
from studio.credits.balance_matching import Verdict
from studio.credits.models import BalanceReading, Difference

VERDICTS = {
    Verdict.FIRST: "the first to compare with",
    Verdict.AGREES: "agrees",
    Verdict.DIFFERS: "differs",
    Verdict.UNREPORTED: "a charge is not told yet",
    Verdict.UNCLEAR: "something was on its way",
    Verdict.WAITS: "differs, told once so far",
}


def signed(credits: int) -> str:
    """ "−37", "+1,000" """
    return f"{'−' if credits < 0 else '+'}{amount(abs(credits))}"


def unexplained(difference: Difference) -> str:
    """ "Unexplained −37 between 14:02 and 14:05" """
    return f"Unexplained {change(difference)}"


def change(difference: Difference) -> str:
    """ "−37 between 14:02 and 14:05" """
    return f"{signed(difference.amount)} {between(difference.from_at, difference.until_at)}"


def between(since: datetime, until: datetime) -> str:
    """The day is told once where both are of one, and seconds where minutes tell them not apart."""
    first, last = timezone.localtime(since), timezone.localtime(until)
    if first.date() != last.date():
        return f"between {clock_time(since)} and {clock_time(until)}"
    clock = "%H:%M" if f"{first:%H:%M}" != f"{last:%H:%M}" else "%H:%M:%S"
    on = "" if last.date() == timezone.localdate() else f" on {day(until)}"
    return f"between {first.strftime(clock)} and {last.strftime(clock)}{on}"


def last_told(reading: BalanceReading) -> str:
    """ "until 14:05", with the day where it is another; "" of a figure that was told within a minute only."""
    first, last = timezone.localtime(reading.at), timezone.localtime(reading.confirmed_at)
    if clock_time(first) == clock_time(last):
        return ""
    return f"until {last:%H:%M}" if first.date() == last.date() else f"until {clock_time(last)}"


def verdict(reading: BalanceReading) -> str:
    return VERDICTS[Verdict(reading.verdict)] if reading.verdict else "not compared yet"


def summary(readings: int, since: datetime | None, opened: int, classified: int) -> str:
    """How all that could be compared came out."""
    if since is None:
        return ""
    if readings < 2:
        return "The studio has told its balance once: the next reading is compared with it."
    what = f"{readings:,} readings since {day(since)}"
    if not opened and not classified:
        return f"All {what} agree with the ledger."
    parts = [f"{classified} classified" if classified else "", f"{opened} open" if opened else ""]
    one = opened + classified == 1
    told = "One difference" if one else f"{opened + classified} differences"
    return f"{told} in {what}: {', '.join(filter(None, parts))}."


def done(difference: Difference) -> str:
    """What was booked, for the message after it."""
    label, credits = difference.get_kind_display().lower(), credits_phrase(abs(difference.amount))
    return f"Booked {credits} as {label}, {between(difference.from_at, difference.until_at)}."
