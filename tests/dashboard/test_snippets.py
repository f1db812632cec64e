"""Requests for scripts on a model's page: how they are written, and that they follow the form.

tests/browser/test_snippets.py runs them.
"""

import ast
import json
import subprocess

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dashboard.models.preset.answers import answers, faulty_request
from dashboard.models.preset.literals import (
    JSON,
    PYTHON,
    javascript_text,
    json_text,
    mapping,
    python_text,
    shell_text,
)
from dashboard.models.preset.snippets import GENERATE, KEY, STATUS, snippets, status_snippets
from studio.catalog.models import Connection, StudioModel
from studio.contract.price import estimate
from studio.contract.request import GenerateRequest
from studio.credits.balance import note_balance
from studio.sandbox.catalogue import MODELS
from tests.dashboard.reading import text_of
from tests.factories import VEO, a_member, a_model, a_request, a_token

ORIGIN = "https://dailies.example.com"
TEXTS = st.text(max_size=60) | st.text("'\"\\$`!#\n\r\t </>-{}‹›\u2028\u200d🎬a", max_size=60)
REQUESTS = st.builds(
    GenerateRequest,
    model_slug=st.just("veo31_fast"),
    prompt=TEXTS,
    duration_seconds=st.none() | st.integers(1, 60),
    input_image_urls=st.lists(TEXTS, max_size=3).map(tuple),
    sound=st.none() | st.booleans(),
)


# ── Literals ────────────────────────────────────────────────────────────────────────────────────────────
@given(TEXTS)
def test_any_text_is_the_same_text_in_each_language(text):
    assert json.loads(json_text(text)) == text
    assert json.loads(javascript_text(text)) == text  # JavaScript reads all of JSON
    assert ast.literal_eval(python_text(text)) == text


@given(TEXTS)
def test_nothing_that_cannot_be_seen_stands_in_a_literal(text):
    for literal in (json_text(text), javascript_text(text), python_text(text)):
        assert literal.isprintable()
    assert "</" not in javascript_text(text)
    assert "<!" not in javascript_text(text)


@hypothesis_settings(max_examples=40)
@given(st.lists(TEXTS.filter(lambda text: "\0" not in text), min_size=1, max_size=8))
def test_a_shell_reads_each_text_as_one_word(texts):
    words = " ".join(shell_text(text) for text in texts)
    ran = subprocess.run(["sh", "-c", f"printf '%s\\0' {words}"], capture_output=True, check=True)
    assert ran.stdout.decode().split("\0")[:-1] == texts


@given(REQUESTS)
def test_a_body_is_the_request_itself(request_):
    body = request_.to_json()
    assert json.loads(mapping(body, JSON)) == body
    assert ast.literal_eval(mapping(body, PYTHON, 8)) == body


# ── Snippets ────────────────────────────────────────────────────────────────────────────────────────────
@given(REQUESTS.filter(lambda request_: KEY not in request_.prompt))
def test_each_snippet_names_the_place_of_the_key_once_and_is_one_program(request_):
    for snippet in snippets(request_, ORIGIN) + status_snippets(ORIGIN):
        assert snippet.code.count(KEY) == 1
        assert ORIGIN in snippet.code
        assert "‹url›" not in snippet.code
    compile(snippets(request_, ORIGIN)[2].code, "snippet", "exec")


def test_what_is_shown_is_short_and_as_a_person_would_write_it():
    shell, javascript, python = (snippet.code for snippet in snippets(a_request(sound=False), ORIGIN))
    assert shell.startswith(f"curl '{ORIGIN}/api/v1/video-studio/generate/' \\\n")
    assert '    prompt: "a lighthouse at dawn",\n' in javascript
    assert '        "sound": False,\n' in python
    for code in (shell, javascript, python):
        assert max(map(len, code.splitlines())) < 100
        assert "Idempotency-Key" in code


def test_another_request_has_another_idempotency_key_and_the_same_the_same():
    def keys(request_: GenerateRequest) -> set[str]:
        return {
            line.strip() for snippet in snippets(request_, ORIGIN) for line in snippet.code.splitlines()
            if "Idempotency" in line
        }  # fmt: skip

    assert keys(a_request()) == keys(a_request())
    assert not keys(a_request()) & keys(a_request(prompt="another"))


def test_snippets_lead_to_where_the_gateway_is():
    assert reverse("gateway:generate") == GENERATE
    assert reverse("gateway:status", args=["7"]) == STATUS.format(job_id="7")


# ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def script(db, settings):
    """Posts a request as a script does, and gives the answer's status and body; nobody answers for the studio."""
    settings.API_PATIENCE = 0
    text = a_token()[1]

    def post(request_: GenerateRequest) -> tuple[int, dict]:
        headers = {"Authorization": f"Bearer {text}"}
        answer = Client().post(GENERATE, request_.to_json(), content_type="application/json", headers=headers)
        return answer.status_code, answer.json()

    return post


@pytest.mark.django_db
@pytest.mark.parametrize("changes", [{}, {"durations": []}], ids=["durations", "no durations"])
def test_the_answers_shown_are_those_that_come(script, changes):
    model, request_ = a_model(**changes), a_request()
    if changes:
        request_ = request_.but(duration_seconds=None)
    price = estimate(request_, model.capability).credits
    shown = [
        (answer.status, json.loads(answer.body)) for answer in answers(request_, model.capability, price)
    ]
    taken = script(request_)
    assert shown[0][0] == taken[0] == 200
    assert shown[0][1].keys() == taken[1].keys()
    assert shown[1] == script(faulty_request(request_, model.capability))
    note_balance(model.connection_id, price // 2 + price)  # the first one is on its way
    assert shown[2] == script(request_.but(prompt="another"))


# ── The page ────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def model(db) -> StudioModel:
    return a_model(sound=True, quality_modes=["std", "pro"])


def page_of(model: StudioModel) -> str:
    return reverse("dashboard:model-detail", args=[model.pk])


def written(client: Client, model: StudioModel, **form: object):
    address = reverse("dashboard:model-snippets", args=[model.pk])
    return client.post(address, form, headers={"HX-Request": "true"})


def test_a_page_begins_with_a_preset_that_would_be_taken(as_member, model):
    page = text_of(as_member.get(page_of(model)))
    assert "This request would be rejected" not in page
    assert '"quality_mode": "std"' in page
    assert "curl 'http://testserver/api/v1/video-studio/generate/'" in page
    assert '"credits_required": 100' in page


def test_a_viewer_reads_that_these_need_a_token_of_somebody_else(client, as_member, model):
    assert "Replace YOUR_TOKEN with one of your tokens" in text_of(as_member.get(page_of(model)))
    client.force_login(a_member("viewer@example.com", role="viewer"))
    page = text_of(client.get(page_of(model)))
    assert "They need the token of someone who can make clips" in page
    assert "one of your tokens" not in page


def test_a_figure_is_told_once_and_what_it_is_made_of_beside_it(as_member):
    model = a_model(credits={"by_quality": {"std": 220, "pro": 300}}, quality_modes=["std", "pro"])
    page = text_of(as_member.get(page_of(model)))
    assert "220 credits for std" in page
    assert "220 credits 220 credits" not in page


def test_inputs_that_are_needed_have_examples(as_member):
    model = a_model(images={"min": 2, "max": 3}, prompt={"required": False})
    page = text_of(as_member.get(page_of(model)))
    assert "https://example.com/harbour.jpg" in page
    assert "https://example.com/harbour-2.jpg" in page
    assert "This request would be rejected" not in page


def test_requests_follow_the_form(as_member, model):
    said = {"prompt": 'A <b>cat</b> & it\'s "so"', "aspect_ratio": "9:16", "duration_seconds": "8"}
    urls = "https://example.com/a.png\nhttps://example.com/b.png"
    answer = written(as_member, model, **said, quality_mode="pro", sound="on", input_image_urls=urls)
    fragment = text_of(answer)
    assert '"sound": True' in fragment
    assert 'quality_mode: "pro"' in fragment
    assert '"input_image_urls": ["https://example.com/a.png", "https://example.com/b.png"]' in fragment
    assert "A <b>cat</b> & it'\\''s" in fragment
    assert "<b>cat" not in answer.content.decode()


def test_what_would_be_refused_is_said_and_shown_as_it_was_typed(as_member, model):
    fragment = text_of(written(as_member, model, prompt="", aspect_ratio="4:3"))
    assert "This request would be rejected: Veo 3.1 Fast needs a prompt" in fragment
    assert '"aspect_ratio": "4:3"' in fragment
    assert '"sound": false' in fragment


def test_what_the_form_does_not_ask_is_not_in_the_request(as_member, model):
    fragment = text_of(written(as_member, model, prompt="a cat", prompt_directory_optin="on", variations="4"))
    assert "optin" not in fragment
    assert "variations" not in fragment


def test_without_a_script_the_whole_page_comes_back(as_member, model):
    address = reverse("dashboard:model-snippets", args=[model.pk])
    page = as_member.post(address, {"prompt": "a cat at noon", "aspect_ratio": "9:16"})
    assert page.content.decode().startswith("<!doctype html>")
    assert ">\na cat at noon</textarea>" in page.content.decode()


def test_https_is_known_from_the_settings(as_member, model, settings):
    settings.HTTPS, settings.PUBLIC_URL = True, ORIGIN
    assert f"curl '{ORIGIN}/api/v1/" in text_of(as_member.get(page_of(model)))


@pytest.mark.parametrize("vanished", ["retired", "elsewhere"])
def test_a_model_that_scripts_cannot_ask_for_has_no_requests(as_member, model, vanished):
    if vanished == "elsewhere":
        there = Connection.objects.create(name="Other", kind="http", base_url="https://other.example.com")
        StudioModel.objects.update(connection=there)
    else:
        StudioModel.objects.update(retired_at=model.first_seen_at)
    assert KEY not in text_of(as_member.get(page_of(model)))
    assert written(as_member, model, prompt="a cat").status_code == 404


def test_a_preset_costs_what_the_form_of_the_create_page_says(as_member, model):
    StudioModel.objects.filter(pk=model.pk).delete()
    model = a_model(
        **{**VEO, "credits": {"by_quality": {"std": 100, "pro": 160}}, "quality_modes": ["std", "pro"]}
    )
    assert "Create the clip 160 credits" in text_of(written(as_member, model, prompt="x", quality_mode="pro"))


def test_another_mode_brings_its_own_fields(as_member):
    modal = a_model(**next(record for record in MODELS if record["model_slug"] == "seedance_2"))
    said = {"prompt": "a lighthouse", "quality_mode": "480p", "duration_seconds": "4"}
    said |= {"seedance_mode": "first_last_frame", "seed": "7"}
    headers = {"HX-Request": "true", "HX-Target": "div#preset-fields"}
    fields = as_member.post(f"/models/{modal.pk}/snippets/", said, headers=headers).content.decode()
    assert 'name="last_frame_url"' in fields
    assert 'name="reference_image_urls"' not in fields
    assert 'value="7"' in fields
