"""Refusals in the API's own words: of what a request breaks, and of a lack of credits."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from studio.catalog.models import Connection, StudioModel
from studio.credits.balance import latest
from studio.credits.models import BalanceReading
from studio.gateway.answers import INVALID_DURATION, Detail, Problem
from studio.jobs.dispatch.connection_status import StatusKind, connection_status
from studio.jobs.money.available import available_credits
from studio.jobs.submit import CannotSubmit

BALANCE_IS_FRESH = timedelta(minutes=1)


def refused(refusal: CannotSubmit) -> Problem:
    """By the rules of the model, by a role or a project, or by a hard budget."""
    if refusal.short:
        return Problem.short_of_credits(refusal.needs, refusal.short.left, refusal.sentence)
    if closed := refusal.errors.get("project"):
        return Problem(403, f"{closed} It is the project of this token: choose another one for it.")
    details = [Detail(field, sentence) for field, sentence in refusal.errors.items() if field]
    if not details:
        return Problem(403, refusal.sentence)
    words = INVALID_DURATION if "duration_seconds" in refusal.errors else refusal.sentence
    return Problem(400, words, details)


@dataclass(frozen=True, slots=True)
class Shortage:
    """The studio's account has fewer credits than a clip costs; ``available`` is None where it does not say."""

    required: int
    available: int | None

    @property
    def sentence(self) -> str:
        left = "fewer" if self.available is None else f"{max(0, self.available):,}"
        return f"This needs {self.required:,} credits; the studio has {left} left."

    @property
    def as_problem(self) -> tuple[int, int | None, str]:
        """The arguments of Problem.short_of_credits."""
        return self.required, self.available, self.sentence


def shortage(model: StudioModel, price: int | None) -> Shortage | None:
    """Where the balance is known, the studio need not be asked to know that it will refuse. None: it may take it."""
    reading, available = latest(model.connection_id), available_credits(model.connection)
    if price is None or reading is None or available is None or available >= price:
        return None
    if not _is_believed(reading, model.connection):
        return None
    return Shortage(price, available)


def _is_believed(reading: BalanceReading, connection: Connection) -> bool:
    """It is a moment old; or a clip waits for credits, so that nothing is sent that costs more than the balance."""
    is_fresh = timezone.now() - reading.confirmed_at <= BALANCE_IS_FRESH
    return is_fresh or connection_status(connection).kind is StatusKind.SHORT
