"""The create page, over HTTP."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.context import header
from studio.catalog.connections import default_connection, note_trouble
from studio.catalog.models import Connection, StudioModel
from studio.catalog.refresh import mirror
from studio.contract.decode import decode_models
from studio.contract.errors import KeyRefused, Unavailable
from studio.credits.balance import note_balance
from studio.jobs.models import Job
from studio.worker.models import Heartbeat
from tests.factories import VEO, a_job, a_model

KLING = {
    "model_slug": "kling_3_0",
    "name": "Kling 3.0",
    "aspect_ratios": ["16:9", "1:1"],
    "durations": [5, 10],
    "quality_modes": ["std", "pro"],
    "inputs": ["text", "image"],
    "credits": {"per_second": {"std": 10, "pro": 20}},
    "prompt": {"required": True, "max_length": 2500},
    "images": {"min": 0, "max": 2},
    "sound": True,
}
REMIX = {
    "model_slug": "wan_2_6_v2v",
    "name": "Wan 2.6 Remix",
    "aspect_ratios": ["16:9"],
    "durations": [5],
    "inputs": ["text", "video"],
    "credits": 80,
    "videos": {"min": 1, "max": 1},
}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def connection(db: None) -> Connection:
    connection = default_connection()
    mirror(connection, decode_models([VEO, KLING, REMIX]))
    return connection


def wishes(**changes: object) -> dict[str, Any]:
    said = {"model_slug": "veo31_fast", "prompt": "a lighthouse at dawn", "aspect_ratio": "16:9"}
    return {**said, "duration_seconds": "8", "variations": "1", "token": str(uuid4()), **changes}


def test_the_page_has_every_field_of_the_model_and_no_other(
    as_member: Client, connection: Connection
) -> None:
    page = as_member.get("/?model=wan_2_6_v2v").content.decode()
    for name in ("prompt", "aspect_ratio", "duration_seconds", "input_video_urls", "variations"):
        assert f'name="{name}"' in page
    for name in ("quality_mode", "input_image_urls", "sound", "prompt_directory_optin"):
        assert f'name="{name}"' not in page


def test_a_sent_form_becomes_a_waiting_job_and_the_form_stays(
    as_member: Client, connection: Connection
) -> None:
    token = str(uuid4())
    answer = as_member.post("/", wishes(token=token), headers=HTMX)
    assert answer.status_code == 200
    assert answer.headers["HX-Trigger"] == "jobs-changed"
    job = Job.objects.get()
    assert (job.state, job.prompt, job.request["duration_seconds"]) == ("queued", "a lighthouse at dawn", 8)
    page = answer.content.decode()
    assert "Queued: 1 clip" in page
    assert token not in page


def test_the_same_form_sent_twice_makes_one_clip(as_member: Client, connection: Connection) -> None:
    form = wishes()
    for _ in range(2):
        assert as_member.post("/", form, headers=HTMX).status_code == 200
    assert Job.objects.count() == 1


def test_each_variation_is_a_clip_of_its_own(as_member: Client, connection: Connection) -> None:
    page = as_member.post("/", wishes(variations="3"), headers=HTMX).content.decode()
    assert "Queued: 3 clips" in page
    assert Job.objects.count() == 3


def test_without_script_the_form_is_sent_and_shown_again_as_it_was(
    as_member: Client, connection: Connection
) -> None:
    answer = as_member.post("/", wishes(aspect_ratio="9:16"), follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain == [(f"/?from={Job.objects.get().pk}", 302)]
    assert "Queued: 1 clip" in page
    assert "a lighthouse at dawn</textarea>" in page
    assert re.search(r'value="9:16"[^>]*checked', page)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "fragment"])
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    as_member: Client, connection: Connection, headers: dict[str, str]
) -> None:
    form = wishes(prompt="", aspect_ratio="9:16", input_image_urls=["ftp://example.com/a.png"])
    answer = as_member.post("/", form, headers=headers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert Job.objects.count() == 0
    assert "Veo 3.1 Fast needs a prompt" in page.partition('id="id_prompt_error"')[2][:200]
    assert "is not a web address" in page.partition('id="id_input_image_urls_error"')[2][:300]
    assert 'value="ftp://example.com/a.png"' in page
    assert re.search(r'value="9:16"[^>]*checked', page)


def test_several_addresses_in_one_field_are_several_inputs(as_member: Client, connection: Connection) -> None:
    urls = "https://example.com/a.png\nhttps://example.com/b.png"
    as_member.post("/", wishes(input_image_urls=urls), headers=HTMX)
    assert Job.objects.get().request["input_image_urls"] == urls.split()


def test_another_model_keeps_what_is_legal_there_and_says_what_is_not(
    as_member: Client, connection: Connection
) -> None:
    form = wishes(model_slug="kling_3_0", aspect_ratio="16:9", duration_seconds="8", variations="2")
    page = as_member.post("/fields/", form, headers=HTMX).content.decode()
    assert re.search(r'value="16:9"[^>]*checked', page)
    assert re.search(r'name="variations" value="2"[^>]*checked', page)
    assert "8 s is not offered" in page
    assert "/ 2,500" in page
    assert 'name="sound"' in page


def test_a_prompt_too_long_for_another_model_is_complained_of_not_cut(
    as_member: Client, connection: Connection
) -> None:
    page = as_member.post("/fields/", wishes(model_slug="kling_3_0", prompt="x" * 2501)).content.decode()
    assert "this one has 2,501" in page
    assert "x" * 2501 in page


def test_the_estimate_tells_price_and_what_is_left(as_member: Client, connection: Connection) -> None:
    note_balance(connection.pk, 1_900)
    page = as_member.post("/estimate/", wishes(variations="2"), headers=HTMX).content.decode()
    assert "200 credits" in page
    assert "1,700 left after" in page


def test_an_unknown_balance_is_said_to_be_unknown(as_member: Client, connection: Connection) -> None:
    page = as_member.post("/estimate/", wishes(), headers=HTMX).content.decode()
    assert "balance not available yet" in page


def test_after_sending_the_next_clip_is_reckoned_on_what_is_left(
    as_member: Client, connection: Connection
) -> None:
    note_balance(connection.pk, 1_900)
    assert "1,700 left after" in as_member.post("/", wishes(), headers=HTMX).content.decode()


def test_too_little_credit_keeps_the_form_and_may_be_sent_anyway(
    as_member: Client, connection: Connection
) -> None:
    note_balance(connection.pk, 94)
    form = wishes()
    answer = as_member.post("/", form, headers=HTMX)
    assert answer.status_code == 422
    assert "This needs 100 credits; 94 are available." in answer.content.decode()
    assert form["token"] in answer.content.decode()
    assert Job.objects.count() == 0
    assert as_member.post("/", {**form, "send_anyway": "1"}, headers=HTMX).status_code == 200
    assert Job.objects.count() == 1


def test_a_form_from_before_the_price_rose_is_asked_for_again(
    as_member: Client, connection: Connection
) -> None:
    old = StudioModel.objects.get(slug="veo31_fast").version
    mirror(connection, decode_models([{**VEO, "credits": {"base": 120}}, KLING, REMIX]))
    form = wishes(made_for=f"veo31_fast {old}", shown_credits="100")
    answer = as_member.post("/", form, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The price changed from 100 to 120 credits" in page
    new = StudioModel.objects.get(slug="veo31_fast").version
    again = wishes(made_for=f"veo31_fast {new}", shown_credits="120")
    assert as_member.post("/", again, headers=HTMX).status_code == 200


def test_a_form_from_before_a_harmless_change_is_simply_sent(
    as_member: Client, connection: Connection
) -> None:
    old = StudioModel.objects.get(slug="veo31_fast").version
    mirror(connection, decode_models([{**VEO, "description": "Quicker still."}, KLING, REMIX]))
    form = wishes(made_for=f"veo31_fast {old}", shown_credits="100")
    assert as_member.post("/", form, headers=HTMX).status_code == 200


def test_a_form_from_before_an_option_went_says_which(as_member: Client, connection: Connection) -> None:
    old = StudioModel.objects.get(slug="veo31_fast").version
    mirror(connection, decode_models([{**VEO, "aspect_ratios": ["9:16"]}, KLING, REMIX]))
    answer = as_member.post("/", wishes(made_for=f"veo31_fast {old}", shown_credits="100"), headers=HTMX)
    assert answer.status_code == 422
    assert "16:9" in answer.content.decode()
    assert "changed while this page was open" in answer.content.decode()


def test_fields_that_are_still_another_models_are_not_sent(as_member: Client, connection: Connection) -> None:
    veo = StudioModel.objects.get(slug="veo31_fast")
    form = wishes(model_slug="kling_3_0", made_for=f"veo31_fast {veo.version}")
    answer = as_member.post("/", form)
    assert answer.status_code == 422
    assert "The settings now belong to Kling 3.0" in answer.content.decode()


def test_a_model_that_vanished_keeps_the_wishes_for_another(
    as_member: Client, connection: Connection
) -> None:
    answer = as_member.post("/", wishes(model_slug="gone"), headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "no longer available" in page
    assert re.search(r'value="veo31_fast"[^>]*checked', page)  # the picker comes along, and is of one mind


def test_an_earlier_job_fills_the_form(as_member: Client, connection: Connection) -> None:
    job = a_job(prompt="a paper boat", aspect_ratio="9:16")
    page = as_member.get(f"/?from={job.pk}").content.decode()
    assert "a paper boat</textarea>" in page
    assert re.search(r'value="9:16"[^>]*checked', page)


def test_a_refused_job_fills_the_form_with_its_sentence_at_the_field(
    as_member: Client, connection: Connection
) -> None:
    job = a_job()
    Job.objects.filter(pk=job.pk).update(
        state="rejected", error="No lighthouses, please.", error_field="prompt"
    )
    page = as_member.get(f"/?from={job.pk}").content.decode()
    assert "No lighthouses, please." in page.partition('id="id_prompt_error"')[2][:100]


@pytest.mark.parametrize("job_id", ["0", "99999999", "x", "-1", ""])
def test_an_unknown_job_gives_a_fresh_form(as_member: Client, connection: Connection, job_id: str) -> None:
    assert as_member.get(f"/?from={job_id}").status_code == 200


def test_models_used_lately_come_first(as_member: Client, connection: Connection, member: object) -> None:
    as_member.post(
        "/", wishes(model_slug="kling_3_0", duration_seconds="5", quality_mode="pro"), headers=HTMX
    )
    page = as_member.get("/").content.decode()
    assert page.index(">Kling 3.0<") < page.index(">Veo 3.1 Fast<")


def test_a_changed_price_is_marked(as_member: Client, connection: Connection) -> None:
    mirror(connection, decode_models([{**VEO, "credits": {"base": 120}}, KLING, REMIX]))
    today = timezone.localtime()
    assert f"price changed 100 → 120 on {today.day} {today:%b}" in as_member.get("/").content.decode()


def test_a_model_that_was_not_understood_is_listed_with_the_reason(
    as_member: Client, connection: Connection
) -> None:
    mirror(connection, decode_models([VEO, {"model_slug": "odd", "durations": {"what": "?"}}, 7]))
    broken = StudioModel.objects.not_understood().first()
    assert broken is not None
    page = as_member.get("/").content.decode()
    assert "cannot be used here" in page
    assert page.count('name="model_slug"') == StudioModel.objects.offered().count()


@pytest.mark.parametrize("field", ["duration_seconds", "variations", "shown_credits", "token", "model_slug"])
@pytest.mark.parametrize("value", ["9" * 5_000, "-1", "1.5", "²", "x\0y", ""])
def test_no_posted_word_breaks_the_page(
    as_member: Client, connection: Connection, field: str, value: str
) -> None:
    for address in ("/", "/fields/", "/estimate/"):
        form = wishes(made_for="veo31_fast 0", **{field: value})
        assert as_member.post(address, form, headers=HTMX).status_code in (200, 204, 422)


def test_without_models_and_worker_the_page_says_whom_it_waits_for(as_member: Client, db: None) -> None:
    assert "Waiting for the worker" in as_member.get("/").content.decode()
    Heartbeat.beat("here")
    assert "Loading models" in as_member.get("/").content.decode()


def test_without_models_the_page_says_so_and_recovers(as_member: Client, db: None) -> None:
    connection = default_connection()
    Connection.objects.update(models_error="The studio could not be reached.", models_tried_at=timezone.now())
    page = as_member.get("/").content.decode()
    assert "The studio could not be reached." in page
    assert "HX-Refresh" not in as_member.get("/models/wait/", headers=HTMX).headers
    a_model(connection)
    assert as_member.get("/models/wait/", headers=HTMX).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("address", ["/", "/?from=1", "/?model=veo31_fast"])
def test_without_models_every_way_to_the_form_leads_to_that_page(
    address: str, as_member: Client, db: None
) -> None:
    assert "Waiting for the worker" in as_member.get(address).content.decode()
    assert "Waiting for the worker" in as_member.post("/", {"model_slug": "veo31_fast"}).content.decode()


def test_without_models_a_refused_key_is_said_as_such(as_member: Client, db: None) -> None:
    note_trouble(default_connection(), KeyRefused("Invalid API key"))
    page = as_member.get("/").content.decode()
    assert "The studio refused the key" in page
    assert "The studio says: Invalid API key" in page
    assert "No models yet" not in page


def test_the_last_good_models_are_offered_while_the_studio_is_down(
    as_member: Client, connection: Connection
) -> None:
    error = Unavailable("The studio did not answer.")
    note_trouble(connection, error)
    hours_ago = timezone.now() - timedelta(hours=3)
    Connection.objects.update(models_read_at=hours_ago, models_error=error.sentence)
    page = as_member.get("/").content.decode()
    assert "Veo 3.1 Fast" in page
    assert "3 h ago" in page
    assert "The studio did not answer. You see the last known list." in page
    assert "unreachable" in page


def test_a_member_may_have_the_models_read_anew(as_member: Client, connection: Connection) -> None:
    answer = as_member.post("/models/refresh/", headers=HTMX, follow=True)
    assert "Updating models" in answer.content.decode()
    connection.refresh_from_db()
    assert connection.refresh_asked_at is not None
    mirror(connection, decode_models([VEO]))
    page = as_member.get("/models/read/?model_slug=veo31_fast", headers=HTMX).content.decode()
    assert "Models updated" in page
    assert "Veo 3.1 Fast" in page
    assert "Kling" not in page


def test_reading_the_models_anew_without_script_keeps_the_form(
    as_member: Client, connection: Connection
) -> None:
    page = as_member.post("/models/refresh/", wishes(prompt="kept", aspect_ratio="9:16")).content.decode()
    assert "kept</textarea>" in page
    assert re.search(r'value="9:16"[^>]*checked', page)


@pytest.mark.parametrize("address", ["/fields/", "/estimate/", "/models/refresh/"])
def test_only_posts_change_something(as_member: Client, connection: Connection, address: str) -> None:
    assert as_member.get(address).status_code == 405


def test_strangers_are_sent_to_sign_in(client: Client, connection: Connection) -> None:
    for address in ("/", "/models/read/", "/models/wait/"):
        assert client.get(address)["Location"].startswith("/accounts/login/")


def test_the_header_costs_three_small_queries(
    connection: Connection, django_assert_num_queries: Callable[..., AbstractContextManager[Any]]
) -> None:
    note_balance(connection.pk, 1_900)
    with django_assert_num_queries(3):
        shown = header()
        assert shown is not None
        assert shown.trouble == ""
    assert (shown.name, shown.credits, shown.trouble) == ("Sandbox studio", 1_900, "")


def test_the_create_page_costs_no_more_for_more_models(
    as_member: Client, connection: Connection, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    many = [{**VEO, "model_slug": f"model_{n}", "name": f"Model {n}"} for n in range(60)]
    mirror(connection, decode_models([VEO, *many]))
    as_member.get("/")
    with django_assert_max_num_queries(32):
        assert as_member.get("/").content.count(b'name="model_slug"') == 61


def test_a_card_names_the_engine_unless_that_is_the_models_own_name(
    as_member: Client, connection: Connection
) -> None:
    mirror(
        connection, decode_models([VEO, {**VEO, "model_slug": "plain", "name": "Plain", "engine": "Plain"}])
    )
    page = as_member.get("/").content.decode()
    assert "<span>Veo 3.1</span>" in page
    assert "<span>Plain</span>" not in page
