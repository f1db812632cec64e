"""No estimate is below what a studio then charges, however it publishes its tariff: the fake studio is the judge."""

from collections import Counter
from random import Random

import pytest

from studio.contract.decode import decode_models, to_json
from studio.contract.price import Estimate, estimate, price_range
from studio.contract.request import GenerateRequest
from tests.examples import quarter
from tests.must import must
from tests.upstream.tariff import invented


def promised(seed: int) -> tuple[Estimate, int, bool]:
    """What is estimated, what is charged, and whether the request left nothing open."""
    rng = Random(seed)
    tariff, record = invented(rng)
    (capability,) = decode_models({"models": [record]}).capabilities
    said = {
        "duration_seconds": rng.choice([*tariff.lengths, None]),
        "quality_mode": rng.choice([*tariff.qualities, ""]),
        "sound": rng.choice([True, False, None]) if tariff.has_sound else None,
        "prompt_directory_optin": capability.directory_discount is not None and rng.random() < 0.5,
    }
    request = GenerateRequest("invented", prompt="a lighthouse at dawn", **said)
    found = estimate(request, capability)
    assert estimate(request, decode_models([to_json(capability)]).capabilities[0]) == found
    if found.credits is not None:
        low, high = must(price_range(capability))
        assert low <= found.credits <= high
    return found, tariff.charge(request.to_json()), None not in said.values()


def judged(seeds: range) -> Counter[str]:
    verdicts: Counter[str] = Counter()
    for seed in seeds:
        found, charged, _ = promised(seed)
        if found.credits is None:
            verdicts["unknown"] += 1
            continue
        assert found.credits >= charged, f"seed {seed}: {found.credits} was promised, {charged} charged"
        verdicts["exact" if found.credits == charged else "more"] += 1
    return verdicts


def test_no_estimate_is_below_what_is_charged() -> None:
    verdicts = judged(range(400))
    assert verdicts["exact"] > 200, verdicts  # a promise that is far too high, or none, would be no help
    assert verdicts["unknown"] < 120, verdicts


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(1_000, 1_000 + quarter(20_000), 1_250))
def test_no_estimate_is_below_what_is_charged_over_thousands_of_tariffs(first: int) -> None:
    verdicts = judged(range(first, first + 1_250))
    assert verdicts["exact"] > 625, verdicts
