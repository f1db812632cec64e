"""What clips were actually charged: one sample per clip, with everything that its price can depend on."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from django.utils import timezone

from studio.credits.models import PriceSample

NEWEST = 50  # samples that a price is learned from
FEWEST = (
    3  # samples needed, unless one cost more than estimated; this many equal ones in a row settle a price
)


@dataclass(frozen=True, slots=True)
class Key:
    """Everything that a price can depend on. ``duration`` is in seconds, 0 if none was requested.

    ``others`` are further choices that the model's price names, one ``name=value`` per line, sorted.
    """

    connection_id: int
    model_slug: str
    quality: str = ""
    duration: int = 0
    sound: bool = False
    optin: bool = False
    others: str = ""

    @property
    def other_choices(self) -> dict[str, str]:
        pairs = (line.partition("=") for line in self.others.splitlines())
        return {name: value for name, _, value in pairs}


@dataclass(frozen=True, slots=True)
class Learned:
    """What ``runs`` clips were charged, in credits. ``median`` and quartiles may lie between two charges.

    ``recent_highest`` is the highest charge of the newest clips, back to where FEWEST in a row cost the same.
    """

    runs: int
    median: float
    lowest: int
    highest: int
    lower_quartile: float
    upper_quartile: float
    since: datetime  # the oldest of them
    recent_highest: int

    @property
    def promise(self) -> int:
        """The estimate for the next clip, which it should rarely exceed: never below the third quartile."""
        return max(self.recent_highest, math.ceil(self.upper_quartile))

    @property
    def is_settled(self) -> bool:
        """False for too few samples, which only count because one cost more than estimated and never lower a price."""
        return self.runs >= FEWEST


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How estimates compared with charges, for clips that had both. Deviations are shares: 0.3 is 30 %."""

    clips: int = 0
    exact: int = 0
    estimated: int = 0  # credits
    charged: int = 0
    mean_deviation: float = 0.0
    worst_deviation: float = 0.0

    @property
    def share(self) -> float | None:
        """The share of clips that were charged exactly their estimate."""
        return self.exact / self.clips if self.clips else None


def keep(key: Key, job_id: int, at: datetime, charged: int, estimate: int | None) -> PriceSample:
    """Store the charge of a clip, or correct the sample if the studio reports it again."""
    columns = {"at": at, "charged": charged, "estimate": estimate, **_columns(key)}
    return PriceSample.objects.update_or_create(job_id=job_id, defaults=columns)[0]


def forget(job_id: int) -> None:
    """Delete the sample of a clip that failed or was refunded: it says nothing about the price."""
    PriceSample.objects.filter(job_id=job_id).delete()


def newest(key: Key) -> list[PriceSample]:
    return list(PriceSample.objects.filter(**_columns(key)).order_by("-id")[:NEWEST])


def recent(connection_id: int, days: int, slug: str = "", most: int = 20_000) -> list[PriceSample]:
    """Samples of all keys, or of one model; newest first."""
    since = timezone.now() - timedelta(days=days)
    of_model = {"model_slug": slug} if slug else {}
    found = PriceSample.objects.filter(connection=connection_id, at__gt=since, **of_model)
    return list(found.order_by("-id")[:most])


def figures(samples: Iterable[PriceSample], since: datetime | None = None) -> Learned | None:
    """What the samples since the last price change teach; ``samples`` are newest first.

    None if they are too few and none of them cost more than its estimate.
    """
    fresh = [sample for sample in samples if since is None or sample.at > since][:NEWEST]
    if len(fresh) < FEWEST and not any(map(cost_more, fresh)):
        return None
    charges = sorted(sample.charged for sample in fresh)
    lower, _, upper = quantiles(charges * 2 if len(charges) == 1 else charges, n=4, method="inclusive")
    return Learned(
        runs=len(charges),
        median=median(charges),
        lowest=charges[0],
        highest=charges[-1],
        lower_quartile=lower,
        upper_quartile=upper,
        since=min(sample.at for sample in fresh),
        recent_highest=max(_until_alike([sample.charged for sample in fresh])),
    )


def cost_more(sample: PriceSample) -> bool:
    """True if it was charged more than its estimate."""
    return sample.estimate is not None and sample.charged > sample.estimate


def _until_alike(charges: Sequence[int]) -> Sequence[int]:
    """The newest charges, up to and including the first FEWEST in a row that are equal."""
    for end in range(FEWEST, len(charges) + 1):
        if len(set(charges[end - FEWEST : end])) == 1:
            return charges[:end]
    return charges


def accuracy(samples: Iterable[PriceSample]) -> Accuracy:
    pairs = [(sample.estimate, sample.charged) for sample in samples if sample.estimate is not None]
    if not pairs:
        return Accuracy()
    off = [_deviation(estimate, charged) for estimate, charged in pairs]
    return Accuracy(
        clips=len(pairs),
        exact=sum(estimate == charged for estimate, charged in pairs),
        estimated=sum(estimate for estimate, _ in pairs),
        charged=sum(charged for _, charged in pairs),
        mean_deviation=sum(off) / len(off),
        worst_deviation=max(off),
    )


def by_key(samples: Sequence[PriceSample]) -> dict[Key, list[PriceSample]]:
    found: dict[Key, list[PriceSample]] = {}
    for sample in samples:
        key = Key(*(getattr(sample, name) for name in PriceSample.KEY))
        found.setdefault(key, []).append(sample)
    return found


def _deviation(estimate: int, charged: int) -> float:
    """The deviation of the charge, as a share of the estimate."""
    return abs(charged - estimate) / max(estimate, 1)


def _columns(key: Key) -> dict[str, int | str | bool]:
    return {name: getattr(key, name) for name in PriceSample.KEY}
