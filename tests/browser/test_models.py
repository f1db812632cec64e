"""The models: narrowed while one types, compared without a mouse, and how their pages look to axe."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from studio.catalog.connections import default_connection
from studio.catalog.models import StudioModel
from studio.catalog.refresh import mirror
from studio.contract.decode import decode_models
from studio.credits.models import PriceSample
from studio.sandbox import catalogue
from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible, no_reload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore::ResourceWarning")]
UNREAD = {"model_slug": "luma_ray_4", "inputs": "smoke"}
LONG = "of_a_name_that_never_ends" * 4


@pytest.fixture(autouse=True)
def _models(db: None, settings: Any) -> None:
    """Of a studio that charges as it likes: one is retired, one unread, one has a name that never ends."""
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = "https://studio.example.com", "none"
    studio = default_connection()
    retired = {**catalogue.MODELS[0], "model_slug": "pika", "name": "Pika 2"}
    endless = {**catalogue.MODELS[1], "model_slug": LONG, "name": LONG, "quality_modes": [LONG]}
    mirror(studio, decode_models([*catalogue.MODELS, retired]))
    mirror(studio, decode_models([*catalogue.MODELS, endless, UNREAD]))
    key = {"model_slug": "kling_3_0", "quality": "pro", "duration": 10}
    for number, charged in enumerate((270, 290, 290, 330)):
        at = timezone.now() + timedelta(seconds=1)
        PriceSample.objects.create(
            connection=studio, job_id=number + 1, at=at, charged=charged, estimate=270, **key
        )


def number_of(slug: str) -> int:
    return StudioModel.objects.get(slug=slug).pk


def test_models_are_narrowed_while_one_types_and_compared_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/models/")
    dock = page.get_by_role("button", name="Compare", exact=True)
    expect(dock).to_be_hidden()
    page.get_by_label("Compare: Kling 3.0").focus()
    with no_reload(page):
        page.keyboard.press("Space")
        expect(dock).to_be_visible()
        page.get_by_role("searchbox", name="Find by name").press_sequentially("veo 3.1 fast")
        expect(page.get_by_role("link", name="Seedance 1.5 Pro", exact=True)).to_have_count(0)
        expect(page.get_by_label("Compare: Kling 3.0")).to_be_checked()  # what is ticked stays
        expect(page.get_by_role("status").filter(has_text="2 of 9 models")).to_have_count(1)
    page.get_by_label("Compare: Veo 3.1 Fast").focus()
    page.keyboard.press("Space")
    dock.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/compare/?model={number_of('veo31_fast')}&model={number_of('kling_3_0')}")
    same = page.get_by_role("row", name="Starts from")
    expect(same).to_be_visible()
    page.get_by_label("Only show differences").focus()
    page.keyboard.press("Space")
    expect(same).to_be_hidden()
    expect(page.get_by_role("row", name="Sound differs")).to_be_visible()


def test_where_the_system_chooses_the_colours_it_is_seen_what_is_chosen_and_where_one_is(
    open_page: OpenPage,
) -> None:
    page = open_page("/tokens/add/", forced_colors="active")
    grounds = {
        name: page.locator(selector).evaluate("one => getComputedStyle(one).backgroundColor")
        for name, selector in {
            "chosen": ".choices label:has([value='90'])",
            "not chosen": ".choices label:has([value='30'])",
            "here": ".tabs a[href='/tokens/']",
            "elsewhere": ".tabs a[href='/models/']",
        }.items()
    }
    assert grounds["chosen"] != grounds["not chosen"]
    assert grounds["here"] != grounds["elsewhere"]


@pytest.mark.slow
@in_every_look
def test_the_pages_of_models_are_accessible(open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page("/models/", width=width, scheme=scheme)
    page.get_by_label("Compare: Kling 3.0").check()
    must_be_accessible(page)
    for slug in ("kling_3_0", LONG, "luma_ray_4", "pika"):
        page.goto(f"/models/{number_of(slug)}/")
        must_be_accessible(page)
    beside = "&".join(f"model={number_of(slug)}" for slug in ("kling_3_0", LONG, "luma_ray_4"))
    page.goto(f"/models/compare/?{beside}")
    must_be_accessible(page)
