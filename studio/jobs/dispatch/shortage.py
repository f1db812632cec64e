"""Whether the studio would refuse a clip for lack of credits, as far as that is known without asking it."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from studio.catalog.models import StudioModel
from studio.credits.balance import latest
from studio.jobs.dispatch.connection_status import StatusKind, connection_status
from studio.jobs.money.available import available_credits

BALANCE_IS_FRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shortage:
    """The studio's account has fewer credits than are needed; ``available`` is None if it does not say how many."""

    required: int
    available: int | None

    @property
    def sentence(self) -> str:
        left = "fewer" if self.available is None else f"{max(0, self.available):,}"
        return f"This needs {self.required:,} credits; the studio has {left} left."


def shortage(model: StudioModel, price: int | None) -> Shortage | None:
    """None if the studio may accept the request: the balance covers it, is not known, or is not surely current.

    The balance is current if it is a minute old at most, or if a clip is on hold for credits: then nothing is sent
    that costs more than the balance.
    """
    reading, available = latest(model.connection_id), available_credits(model.connection)
    if price is None or reading is None or available is None or available >= price:
        return None
    is_fresh = timezone.now() - reading.confirmed_at <= BALANCE_IS_FRESH
    if is_fresh or connection_status(model.connection).kind is StatusKind.SHORT:
        return Shortage(price, available)
    return None
