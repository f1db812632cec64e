"""Prices that are learned: what past clips were charged, and when an estimate uses it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog.connections import default_connection
from studio.catalog.models import ModelChange, StudioModel
from studio.credits import learned
from studio.credits.models import PriceSample
from studio.jobs.lifecycle import machine
from studio.jobs.models import Job
from studio.jobs.money.estimating import key_of, price_of
from studio.jobs.money.price_list import price_list
from studio.notify.models import Notification
from tests.factories import a_job, a_manager, a_member, a_model, a_request, altered, fresh, told
from tests.must import must


@pytest.fixture
def model(db: None) -> StudioModel:
    """``veo31_fast``, published at 100 credits, of a studio that charges as it likes."""
    connection = default_connection()
    connection.kind, connection.base_url = "http", "https://studio.example.com"
    connection.save()
    return a_model(connection)


def charged(*credits: int, state: str = "completed") -> list[Job]:
    jobs = []
    for amount in credits:
        job = a_job("pending")
        machine.report(job, told(job, state, credits_charged=amount))
        jobs.append(job)
    return jobs


def test_one_charge_above_its_estimate_raises_the_promise_at_once(model: StudioModel) -> None:
    charged(130)
    price = price_of(a_request(), model)
    assert (price.credits, price.source, price.published) == (130, "learned", 100)
    assert price.basis == "learned from 1 clip: 130"
    charged(150)
    assert price_of(a_request(), model).credits == 150


def test_one_charge_below_the_published_price_lowers_nothing(model: StudioModel) -> None:
    charged(80, 80)
    assert price_of(a_request(), model).source == "published"
    charged(80)
    assert (price_of(a_request(), model).credits, price_of(a_request(), model).published) == (80, 100)


def test_a_few_clips_never_promise_less_than_is_published(model: StudioModel) -> None:
    altered(charged(90)[0], estimate=80)
    PriceSample.objects.update(estimate=80)
    assert price_of(a_request(), model).source == "published"


def test_the_highest_of_the_newest_charges_is_promised_until_three_in_a_row_agree(model: StudioModel) -> None:
    charged(130, 100, 100)
    assert price_of(a_request(), model).credits == 130
    charged(100)
    price = price_of(a_request(), model)
    assert (price.credits, price.published) == (108, 100)  # three of four did not exceed it
    charged(100)
    assert price_of(a_request(), model).source == "published"


@pytest.mark.parametrize(
    ("charges", "highest"),
    [
        ([100], 100),
        ([100, 130], 130),
        ([100, 100, 100, 130], 100),
        ([100, 130, 100, 100, 100, 150], 130),
        ([100, 100, 130, 130, 130, 150], 130),
        ([100, 100, 130, 100, 100], 130),
    ],
)
def test_how_far_back_the_newest_charges_go(charges: list[int], highest: int) -> None:
    found = learned.figures(PriceSample(charged=each, estimate=50, at=timezone.now()) for each in charges)
    assert found is not None
    assert found.recent_highest == highest


def test_admins_are_notified_of_a_charge_above_its_estimate_once_a_day(model: StudioModel) -> None:
    admin = a_member("admin@example.com", role="admin")
    a_manager()
    charged(100)
    assert not Notification.objects.filter(kind="price_higher").exists()
    jobs = [a_job("pending"), a_job("pending")]
    for job in jobs:
        machine.report(job, told(job, "completed", credits_charged=130))
        machine.report(fresh(job), told(job, "completed", credits_charged=130))
    notice = Notification.objects.get(kind="price_higher")
    assert notice.person == admin
    assert notice.title == "Veo 3.1 Fast cost more than estimated"
    assert notice.text.startswith("A clip was charged 130 credits; its estimate was 100.")
    assert notice.path == "/credits/prices/"


def test_without_a_published_figure_the_price_is_learned(model: StudioModel) -> None:
    model = a_model(model.connection, credits="ask us")
    assert price_of(a_request(), model).credits is None
    charged(70, 70, 70)
    PriceSample.objects.update(at=timezone.now() + timedelta(seconds=1))
    price = price_of(a_request(), model)
    assert (price.credits, price.published) == (70, None)


def test_choices_that_the_published_price_names_are_learned_apart(model: StudioModel) -> None:
    rows = [{"aspect_ratio": "16:9", "credits": 50}, {"aspect_ratio": "9:16", "credits": 100}]
    model = a_model(model.connection, credits=rows)
    charged(60, 60, 60)
    PriceSample.objects.update(at=timezone.now() + timedelta(seconds=1))
    assert [price_of(a_request(aspect_ratio=ratio), model).credits for ratio in ("16:9", "9:16")] == [60, 100]
    (line,) = price_list(model.connection, 90).lines
    assert (must(line.published).credits, line.key.other_choices) == (50, {"aspect_ratio": "16:9"})


def test_other_choices_teach_nothing(model: StudioModel) -> None:
    charged(130, 130, 130)
    assert price_of(a_request(prompt_directory_optin=True), model).source == "published"
    assert price_of(a_request(aspect_ratio="9:16"), model).source == "learned"


def test_clips_with_sound_are_learned_apart_from_those_without_it(model: StudioModel) -> None:
    asked = [key_of(a_request(sound=sound), 1, model.capability).sound for sound in (True, False, None)]
    assert asked == [True, False, False]


def test_clips_from_before_the_price_changed_teach_nothing(model: StudioModel) -> None:
    charged(130, 130, 130)
    ModelChange.objects.create(model=model, what="price", before="130 credits", after="100 credits")
    assert price_of(a_request(), model).source == "published"


def test_the_sandboxes_prices_are_exact(db: None) -> None:
    model = a_model()
    charged(130, 130, 130)
    assert price_of(a_request(), model).credits == 100


def test_a_corrected_charge_corrects_its_sample(model: StudioModel) -> None:
    (job,) = charged(130)
    machine.report(job, told(job, "completed", credits_charged=90))
    assert PriceSample.objects.get().charged == 90


def test_a_failed_clip_teaches_nothing(model: StudioModel) -> None:
    job = a_job("pending")
    machine.report(job, told(job, "processing", credits_charged=100))
    assert PriceSample.objects.count() == 1
    machine.report(job, told(job, "failed", credits_charged=100, credits_refunded=100))
    assert PriceSample.objects.count() == 0


def test_the_list_tells_how_well_estimates_came_true(model: StudioModel) -> None:
    charged(100, 100, 100, 150)
    (line,) = price_list(model.connection, 90).lines
    assert (must(line.published).credits, must(line.learned).median, must(line.learned).promise) == (
        100,
        100,
        150,
    )
    assert line.is_learned
    found = line.accuracy
    assert (found.clips, found.exact, found.estimated, found.charged) == (4, 3, 400, 450)
    assert (found.share, found.mean_deviation, found.worst_deviation) == (0.75, 0.125, 0.5)
    assert price_list(model.connection, 90).accuracy == found


@given(st.lists(st.integers(0, 10_000), min_size=3, max_size=60))
def test_what_is_promised_lies_between_the_median_and_the_dearest(charges: list[int]) -> None:
    found = learned.figures(PriceSample(charged=amount, at=timezone.now()) for amount in charges)
    assert found is not None
    assert found.runs == min(len(charges), learned.NEWEST)
    assert found.lowest <= found.lower_quartile <= found.median <= found.upper_quartile <= found.highest
    assert found.median <= found.promise <= found.highest
    newest = charges[: learned.NEWEST]
    assert sum(amount <= found.promise for amount in newest) * 4 >= len(newest) * 3 - 3
