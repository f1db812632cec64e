"""The words beside the Generate button add up."""

from uuid import uuid4

import pytest
from django.test import Client

from dashboard.create.price import quote
from studio.jobs.models import Job
from tests.factories import a_member, a_model, a_request

pytestmark = pytest.mark.django_db


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
