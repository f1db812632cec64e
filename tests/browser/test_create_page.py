"""The create page in a real browser."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from studio.catalog.connections import default_connection
from studio.catalog.models import Connection
from studio.catalog.refresh import mirror
from studio.contract.decode import decode_models
from studio.credits.balance import note_balance
from studio.jobs.models import Job
from studio.worker.models import Heartbeat
from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible, no_reload
from tests.factories import VEO

KLING = {
    "model_slug": "kling_3_0",
    "name": "Kling 3.0",
    "description": "Multi-shot stories with native sound.",
    "engine": "Kling",
    "aspect_ratios": ["16:9", "9:16", "1:1"],
    "durations": list(range(3, 16)),
    "quality_modes": [{"value": "std", "label": "Standard"}, {"value": "pro", "label": "Pro"}],
    "inputs": ["text", "image"],
    "credits": {"per_second": {"std": 10, "pro": 20}, "sound_per_second": 5},
    "prompt": {"required": True, "max_length": 2500},
    "images": {"min": 0, "max": 3},
    "sound": True,
}
ANIMATE = {
    "model_slug": "animate",
    "name": "Animate",
    "description": "Brings one image to life.",
    "aspect_ratios": ["16:9"],
    "durations": [6, 10],
    "inputs": ["image"],
    "credits": 90,
    "images": {"min": 1, "max": 1},
}


NAMED_GROUPS = ("Model", "Aspect ratio", "Quality", "Variations")


@pytest.fixture
def connection(transactional_db: None) -> Connection:
    connection = default_connection()
    mirror(connection, decode_models([VEO, KLING, ANIMATE]))
    note_balance(connection.pk, 1_900)
    return connection


def choose(page: Page, name: str) -> None:
    """As a person does: on a phone the list is opened first. Returns when the fields are the model's."""
    if page.get_by_role("button", name="Change model").is_visible():
        page.get_by_role("button", name="Change model").click()
    page.get_by_role("group", name="Model").get_by_role("radio", name=re.compile(f"^{name}")).check(
        force=True
    )
    expect(page.locator("#generate")).to_be_enabled()


def prompt(page: Page):
    return page.get_by_role("textbox", name="Prompt", exact=True)


def test_a_clip_is_sent_with_the_keyboard_alone(open_page: OpenPage, connection: Connection) -> None:
    page = open_page("/")
    with no_reload(page):
        prompt(page).fill("a lighthouse at dawn")
        expect(page.locator("#estimate")).to_contain_text("100 credits")
        expect(page.locator("#estimate")).to_contain_text("1,800 left after")
        prompt(page).press("Control+Enter")
        expect(page.get_by_role("status").filter(has_text="Queued: 1 clip")).to_be_visible()
        expect(prompt(page)).to_have_value("a lighthouse at dawn")
    job = Job.objects.get()
    assert (job.model_slug, job.request["aspect_ratio"], job.estimate) == ("veo31_fast", "16:9", 100)


def test_another_try_after_the_first_is_another_clip(open_page: OpenPage, connection: Connection) -> None:
    page = open_page("/")
    prompt(page).fill("a lighthouse at dawn")
    generate = page.get_by_role("button", name="Generate")
    generate.click()
    expect(page.get_by_text("Queued: 1 clip")).to_be_visible()
    page.get_by_role("group", name="Variations").get_by_role("radio", name="2").check(force=True)
    generate.click()
    expect(page.get_by_text("Queued: 2 clips")).to_be_visible()
    assert Job.objects.count() == 3


def test_changing_the_model_keeps_what_is_legal_and_moves_the_price(
    open_page: OpenPage, connection: Connection
) -> None:
    page = open_page("/?model=kling_3_0")
    with no_reload(page):
        prompt(page).fill("a lighthouse")
        page.get_by_role("group", name="Aspect ratio").get_by_role("radio", name="1:1").check(force=True)
        page.get_by_role("group", name="Quality").get_by_role("radio", name="Pro").check(force=True)
        page.get_by_label("Duration").fill("10")
        page.get_by_label("Sound").check()
        expect(page.locator("#estimate")).to_contain_text("250 credits")
        choose(page, "Veo 3.1 Fast")
        expect(page.get_by_label("Sound")).to_have_count(0)
        said = page.locator("#said")
        expect(said).to_contain_text("10 s is not offered")
        expect(said).to_contain_text("does not take “Sound”")
        expect(page.locator("#estimate")).to_contain_text("100 credits")
        expect(prompt(page)).to_have_value("a lighthouse")


def test_a_model_without_words_hides_the_prompt_and_keeps_it(
    open_page: OpenPage, connection: Connection
) -> None:
    page = open_page("/")
    prompt(page).fill("kept for later")
    choose(page, "Animate")
    expect(prompt(page)).to_be_hidden()
    choose(page, "Veo 3.1 Fast")
    expect(prompt(page)).to_have_value("kept for later")


def test_what_is_typed_while_the_fields_change_is_not_lost(
    open_page: OpenPage, connection: Connection
) -> None:
    page = open_page("/?model=kling_3_0")

    def answer_late(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/fields/", answer_late)
    page.get_by_role("radio", name=re.compile("^Animate")).check(force=True)
    page.get_by_label("Image URLs").fill("https://example.com/a.png")
    expect(page.get_by_role("group", name="Quality")).to_have_count(0)
    expect(page.get_by_label("Image URLs")).to_have_value("https://example.com/a.png")


@pytest.mark.parametrize("width", [1440, 390])
def test_a_mistake_is_said_at_its_field_which_then_has_the_focus(
    open_page: OpenPage, connection: Connection, width: int
) -> None:
    page = open_page("/", width=width)
    choose(page, "Animate")
    page.get_by_role("button", name="Generate").click()
    images = page.get_by_label("Image URLs")
    expect(images).to_be_focused()
    expect(images).to_have_accessible_description("Animate needs at least 1 image.")
    images.fill("https://example.com/a.png")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Queued: 1 clip")).to_be_visible()
    assert Job.objects.get().request["input_image_urls"] == ["https://example.com/a.png"]


def test_a_missing_prompt_is_said_at_the_prompt(open_page: OpenPage, connection: Connection) -> None:
    page = open_page("/")
    page.get_by_role("button", name="Generate").click()
    expect(prompt(page)).to_be_focused()
    expect(prompt(page)).to_have_attribute("aria-invalid", "true")
    expect(prompt(page)).to_have_accessible_description(re.compile("needs a prompt"))


def test_several_addresses_are_pasted_moved_and_removed(open_page: OpenPage, connection: Connection) -> None:
    page = open_page("/?model=kling_3_0")
    page.get_by_label("Image URLs").focus()
    page.evaluate(
        """() => {
             const data = new DataTransfer();
             data.setData('text', 'https://example.com/1.png\\nhttps://example.com/2.png\\nhttps://example.com/3.png');
             document.activeElement.dispatchEvent(
               new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
           }"""
    )
    addresses = page.locator("input[name=input_image_urls]")
    expect(addresses).to_have_count(3)
    expect(page.get_by_role("button", name="Add another image")).to_be_hidden()
    page.get_by_role("button", name="Move up: image 3").click()
    page.get_by_role("button", name="Remove: image 1").click()
    assert [box.input_value()[-5:] for box in addresses.all()] == ["3.png", "2.png"]
    prompt(page).fill("two pictures")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Queued: 1 clip")).to_be_visible()
    assert [url[-5:] for url in Job.objects.get().request["input_image_urls"]] == ["3.png", "2.png"]


def test_too_little_credit_is_told_and_may_be_overruled(open_page: OpenPage, connection: Connection) -> None:
    note_balance(connection.pk, 94)
    page = open_page("/")
    expect(page.locator("#estimate")).to_contain_text("needs 100, 94 available")
    prompt(page).fill("a lighthouse")
    page.get_by_role("button", name="Generate").click()
    anyway = page.get_by_role("button", name="Send anyway")
    expect(anyway).to_be_focused()
    anyway.click()
    expect(page.get_by_text("Queued: 1 clip")).to_be_visible()


def test_sixty_models_are_filtered_and_found(open_page: OpenPage, connection: Connection) -> None:
    many = [{**KLING, "model_slug": f"m{n}", "name": f"Reel {n}", "credits": 10 * n} for n in range(1, 58)]
    mirror(connection, decode_models([VEO, KLING, ANIMATE, *many]))
    page = open_page("/")
    cards = page.locator(".model:visible")
    expect(cards).to_have_count(60)
    page.get_by_label("Find by name").fill("reel 2")
    expect(cards).to_have_count(16)  # every Reel with a 2 in it, and the chosen one, which always stays
    page.get_by_role("button", name="up to 50").click()
    expect(cards).to_have_count(2)
    page.get_by_label("Find by name").fill("no such model")
    expect(cards).to_have_count(1)
    page.get_by_role("button", name="Show all").click()
    expect(cards).to_have_count(60)


def test_models_read_anew_appear_without_a_reload(open_page: OpenPage, connection: Connection) -> None:
    page = open_page("/")
    with no_reload(page):
        prompt(page).fill("kept")
        page.get_by_role("button", name="Refresh models").click()
        expect(page.get_by_text("Updating models…")).to_be_visible()
        mirror(
            connection,
            decode_models([VEO, KLING, ANIMATE, {**KLING, "model_slug": "new", "name": "Newcomer"}]),
        )
        expect(page.get_by_role("radio", name=re.compile("^Newcomer"))).to_be_visible()
        expect(page.get_by_role("radio", name=re.compile("^Veo 3.1 Fast"))).to_be_checked()
        expect(prompt(page)).to_have_value("kept")


def test_enter_alone_spends_nothing(open_page: OpenPage, connection: Connection) -> None:
    page = open_page("/")
    prompt(page).fill("a lighthouse")
    page.get_by_role("group", name="Aspect ratio").get_by_role("radio", name="16:9").press("Enter")
    first = page.get_by_label("Image URLs")
    first.fill("https://example.com/a.png")
    first.press("Enter")
    expect(page.get_by_label("Image 2", exact=True)).to_be_focused()
    assert Job.objects.count() == 0


def test_a_lost_connection_is_told_and_nothing_is_lost(open_page: OpenPage, connection: Connection) -> None:
    page = open_page("/")
    prompt(page).fill("a lighthouse")
    page.route("**/", lambda route: route.fulfill(status=503, body="gone"))
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("status").filter(has_text="What you wrote is still here")).to_be_visible()
    page.unroute("**/")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Queued: 1 clip")).to_be_visible()


def test_arrow_keys_walk_through_the_models(open_page: OpenPage, connection: Connection) -> None:
    page = open_page("/")
    page.get_by_role("radio", name=re.compile("^Veo 3.1 Fast")).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=re.compile("^Kling"))).to_be_checked()
    expect(page.get_by_role("group", name="Quality")).to_be_visible()


def test_on_a_phone_the_models_fold_into_the_chosen_card(open_page: OpenPage, connection: Connection) -> None:
    page = open_page("/", width=390, height=844)
    kling = page.locator(".model", has_text="Kling")
    change = page.get_by_role("button", name="Change model")
    change.click()
    kling.click()
    expect(change).to_have_attribute("aria-expanded", "false")
    expect(kling).to_be_in_viewport()
    expect(page.get_by_role("group", name="Quality")).to_be_visible()


def test_the_scheme_can_be_chosen_and_is_kept(open_page: OpenPage, connection: Connection) -> None:
    page = open_page("/", scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    paper = page.evaluate(ground)
    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("radio", name="Dark").check(force=True)
    assert page.evaluate(ground) != paper
    page.reload()
    assert page.evaluate(ground) != paper


def test_without_script_a_model_is_changed_and_a_clip_sent(
    open_page: OpenPage, connection: Connection
) -> None:
    page = open_page("/", java_script_enabled=False)
    prompt(page).fill("a lighthouse")
    page.get_by_role("radio", name=re.compile("^Kling")).check(force=True)
    page.get_by_role("button", name="Use this model").click()
    page.get_by_role("group", name="Quality").get_by_role("radio", name="Pro").check(force=True)
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Queued: 1 clip")).to_be_visible()
    assert Job.objects.get().request["quality_mode"] == "pro"


@in_every_look
def test_every_state_of_the_page_is_accessible(
    open_page: OpenPage, connection: Connection, width: int, scheme: str
) -> None:
    page = open_page("/?model=kling_3_0", width=width, scheme=scheme)
    must_be_accessible(page)
    page.get_by_role("button", name="Generate").click()
    expect(prompt(page)).to_be_focused()
    must_be_accessible(page)
    choose(page, "Animate")
    expect(page.locator("#said")).to_contain_text("Settings not used")
    must_be_accessible(page)
    page.get_by_role("button", name="Account menu").click()
    must_be_accessible(page)


@pytest.mark.slow
def test_the_page_waits_for_the_first_models(open_page: OpenPage, transactional_db: None) -> None:
    Heartbeat.beat("here")
    page = open_page("/")
    expect(page.get_by_role("heading", name="Loading models")).to_be_visible()
    must_be_accessible(page)
    mirror(default_connection(), decode_models([VEO]))
    expect(page.get_by_role("radio", name=re.compile("^Veo 3.1 Fast"))).to_be_checked()


def test_every_choice_is_found_by_the_name_that_it_shows(open_page: OpenPage, connection: Connection) -> None:
    page = open_page("/?model=kling_3_0")
    for name in NAMED_GROUPS:
        expect(page.get_by_label(name, exact=True)).to_have_count(1)
        expect(page.get_by_role("group", name=name, exact=True)).to_have_count(1)
    page.get_by_label("Aspect ratio").get_by_role("radio", name="9:16").check()
    page.get_by_label("Quality").get_by_role("radio", name="Pro").check()


def test_a_first_visit_offers_examples_that_never_write_over_one_s_own_words(
    open_page: OpenPage, connection: Connection
) -> None:
    page = open_page("/")
    expect(page.get_by_text("This is the sandbox")).to_be_visible()
    page.get_by_role("button", name="A lighthouse at dawn").click()
    expect(prompt(page)).to_have_value(re.compile("^A lighthouse at dawn"))
    page.get_by_role("button", name="Northern lights").click()
    expect(prompt(page)).to_have_value(re.compile("^Northern lights"))
    prompt(page).fill("my own words")
    expect(page.get_by_role("button", name="Northern lights")).to_be_hidden()
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Queued: 1 clip")).to_be_visible()
    expect(page.locator("#recent > li")).to_have_count(1)
    prompt(page).fill("")
    expect(page.get_by_role("button", name="Northern lights")).to_be_hidden()


def test_a_typed_prompt_is_still_there_after_going_back(open_page: OpenPage, connection: Connection) -> None:
    """The page is stored in no cache, so the browser requests it again; the fields keep what was typed."""
    page = open_page("/")
    prompt(page).fill("A lighthouse at dawn")
    page.goto("/jobs/")
    page.go_back()
    expect(prompt(page)).to_have_value("A lighthouse at dawn")
