"""The sentences of a report."""

from datetime import date

from dashboard.credits.periods import Period
from dashboard.shared.words import amount, credits_phrase
from studio.credits.reports import FARTHEST, lasts_until


def change(now: int, before: int, period: Period) -> str:
    """How spending compares with that of the period before."""
    then = f"{'on' if period.days == 1 else 'in'} {period.before_words}"
    if before <= 0:
        return f"Nothing was spent {then}." if now else f"Nothing, as {then}."
    if now == before:
        return f"The same as {then}."
    share = round(abs(now - before) * 100 / before)
    way = "more" if now > before else "less"
    difference = f"{share:,} % {way}" if share else f"Slightly {way}"
    return f"{difference} than {then} ({amount(before)})."


def lasting(available: int | None, burn: float | None, today: date) -> str:
    """How long the credits last, or why that is unknown."""
    if available is None:
        return "The studio has not reported a balance yet."
    if available <= 0:
        return "No credits left."
    if burn is None:
        return "No spending in the last 14 days to estimate from."
    until = lasts_until(available, burn, today)
    if until is None:
        return f"Lasts more than {FARTHEST // 365} years."
    if until == today:
        return "At this rate, it runs out today."
    year = f" {until.year}" if until.year != today.year else ""
    return f"Lasts until about {until.day} {until:%B}{year}."


def per_day(burn: float | None) -> str:
    return (
        "none in the last 14 days"
        if burn is None
        else f"{credits_phrase(round(burn) or round(burn, 1))} per day"
    )
