"""The sentences of the reconciliation."""

from datetime import datetime

from django.utils import timezone

from dashboard.shared.words import amount, clock_time, credits_phrase, day
from studio.credits.balance_matching import Verdict
from studio.credits.models import BalanceReading, Difference

VERDICTS = {
    Verdict.FIRST: "first balance",
    Verdict.AGREES: "matches",
    Verdict.DIFFERS: "differs",
    Verdict.UNREPORTED: "a charge is not reported yet",
    Verdict.UNCLEAR: "a request was in progress",
    Verdict.WAITS: "differs, seen once so far",
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
    """Names the day once if both are on the same day, and seconds only if the minutes are the same."""
    first, last = timezone.localtime(since), timezone.localtime(until)
    if first.date() != last.date():
        return f"between {clock_time(since)} and {clock_time(until)}"
    clock = "%H:%M" if f"{first:%H:%M}" != f"{last:%H:%M}" else "%H:%M:%S"
    on = "" if last.date() == timezone.localdate() else f" on {day(until)}"
    return f"between {first.strftime(clock)} and {last.strftime(clock)}{on}"


def last_told(reading: BalanceReading) -> str:
    """ "until 14:05", with the day if it differs; "" for a balance reported within one minute only."""
    first, last = timezone.localtime(reading.at), timezone.localtime(reading.confirmed_at)
    if clock_time(first) == clock_time(last):
        return ""
    return f"until {last:%H:%M}" if first.date() == last.date() else f"until {clock_time(last)}"


def verdict(reading: BalanceReading) -> str:
    return VERDICTS[Verdict(reading.verdict)] if reading.verdict else "not compared yet"


def summary(readings: int, since: datetime | None, opened: int, classified: int) -> str:
    """The overall result of all comparisons."""
    if since is None:
        return ""
    if readings < 2:
        return "The studio has reported its balance once. The next one is compared with it."
    what = f"{readings:,} balances since {day(since)}"
    if not opened and not classified:
        return f"All {what} match the ledger."
    parts = [f"{classified} classified" if classified else "", f"{opened} open" if opened else ""]
    one = opened + classified == 1
    found = "1 difference" if one else f"{opened + classified} differences"
    return f"{found} in {what}: {', '.join(filter(None, parts))}."


def done(difference: Difference) -> str:
    """The message after a difference was classified."""
    label, credits = difference.get_kind_display().lower(), credits_phrase(abs(difference.amount))
    return f"Recorded {credits} as {label}, {between(difference.from_at, difference.until_at)}."
