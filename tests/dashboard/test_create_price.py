"""The words beside the Generate button add up."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.create.price import quote
from studio.contract.price import estimate
from studio.credits.balance import note_balance
from studio.jobs.models import Job
from studio.jobs.money import estimating
from tests.factories import a_budget, a_member, a_model, a_request

pytestmark = pytest.mark.django_db

FORM = {
    "model_slug": "veo31_fast",
    "prompt": "a lighthouse",
    "aspect_ratio": "16:9",
    "duration_seconds": "8",
}


@pytest.mark.parametrize(
    ("variations", "changes", "total", "reckoning"),
    [
        (1, {}, 100, ""),
        (3, {}, 300, "3 × 100 credits"),
        (1, {"prompt_directory_optin": True}, 90, "100 credits − directory discount 10"),
        (2, {"prompt_directory_optin": True}, 180, "2 × 90 credits (100 credits − directory discount 10)"),
    ],
)
def test_the_reckoning_makes_the_total(variations, changes, total, reckoning):
    shown = quote(a_member(), a_model(), a_request(**changes), variations)
    assert (shown.total, shown.reckoning) == (total, reckoning)


def test_a_choice_that_a_form_leaves_open_is_shown_at_its_dearest_as_it_is_then_held(
    as_member: Client,
) -> None:
    a_model(durations=[5, 10], credits={"per_second": 10})
    form = {"model_slug": "veo31_fast", "prompt": "a lighthouse at dawn", "token": str(uuid4())}
    assert "at most 10 s × 10 credits" in as_member.post("/estimate/", form).content.decode()
    as_member.post("/", form)
    assert Job.objects.get().estimate == 100


@pytest.fixture
def prices(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """One entry for each price that is computed."""
    computed: list[object] = []
    really = estimate

    def counted(*said: Any) -> Any:
        computed.append(said)
        return really(*said)

    monkeypatch.setattr(estimating, "estimate", counted)
    return computed


@pytest.mark.parametrize("version", ["", "veo31_fast an-older-version"])
@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}])
def test_one_press_of_generate_computes_the_price_twice_at_most(
    as_member: Client, prices: list[object], version: str, htmx: dict[str, str]
) -> None:
    """Once for the words next to the button, and once under the locks of the budgets."""
    a_model()
    form = {**FORM, "token": str(uuid4()), "made_for": version, "shown_credits": "200", "variations": "2"}
    assert as_member.post("/", form, headers=htmx).status_code in (200, 302)
    assert Job.objects.count() == 2
    assert 1 <= len(prices) <= 2


def test_a_press_that_a_budget_refuses_computes_the_price_twice_at_most(
    as_member: Client, prices: list[object]
) -> None:
    a_model()
    a_budget(limit=50)
    assert as_member.post("/", {**FORM, "token": str(uuid4())}).status_code == 422
    assert 1 <= len(prices) <= 2


def test_what_is_left_after_a_press_counts_the_clips_that_it_sent(as_member: Client) -> None:
    note_balance(a_model().connection_id, 1_000, timezone.now(), timezone.now())
    form = {**FORM, "token": str(uuid4()), "variations": "2"}
    page = as_member.post("/", form, headers={"HX-Request": "true"})
    assert (page.context["quote"].available, page.context["quote"].left) == (800, 600)
