"""A parameter that no code names travels from a studio's record to the studio's log, by every way in.

The names are made up in each run, so that no source file can know them.
"""

import json
import secrets
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client

from studio.catalog.connections import default_connection, forget_engines
from studio.catalog.models import Connection
from studio.catalog.refresh import refresh
from studio.contract.decode import decode_row
from studio.contract.matching import contradicts
from studio.contract.request import GenerateRequest
from studio.jobs.dispatch import sending
from studio.jobs.models import Job
from tests.dashboard.reading import text_of
from tests.factories import a_manager, a_token
from tests.upstream.server import FakeStudio

pytestmark = pytest.mark.django_db
GENERATE = "/api/v1/video-studio/generate/"


class Invented:
    """Parameters of several kinds under names of this run, and a value for each."""

    def __init__(self) -> None:
        word = f"q{secrets.token_hex(4)}"
        self.level, self.style, self.mask = f"{word}_level", f"{word}_style", f"{word}_mask_image_url"
        self.deep, self.bright = f"{word}_deep", f"{word}_bright"
        self.declared = [
            {"name": self.level, "type": "integer", "min": 1, "max": 9, "label": "Sparkle"},
            {
                "name": self.style,
                "type": "select",
                "options": ["soft", {"value": "hard", "label": "Hard edge"}],
            },
            {"name": self.mask, "type": "string", "format": "uri"},
            {"name": self.deep, "type": "object"},
            {"name": self.bright, "type": "boolean"},
        ]
        self.values: dict[str, Any] = {
            self.level: 7,
            self.style: "hard",
            self.mask: "https://example.com/mask.png",
            self.deep: {"depth": [1, 2]},
            self.bright: True,
        }
        self.typed = {
            name: json.dumps(value) if isinstance(value, dict) else "on" if value is True else str(value)
            for name, value in self.values.items()
        }


@pytest.fixture
def studio() -> Iterator[FakeStudio]:
    with FakeStudio() as studio:
        yield studio
    forget_engines()


@pytest.fixture
def as_manager() -> Client:
    client = Client()
    client.force_login(a_manager())
    return client


@pytest.fixture
def invented() -> Invented:
    return Invented()


@pytest.fixture
def connection(studio: FakeStudio, settings: Any, invented: Invented) -> Connection:
    settings.STUDIO_ALLOWED_HOSTS = [studio.host]
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = studio.url, studio.key
    settings.API_PATIENCE = 0.0
    studio.account.models[0]["parameters"] = invented.declared
    connection = default_connection()
    assert refresh(connection) is not None
    return connection


def form(invented: Invented, **changes: str) -> dict[str, str]:
    wish = {
        "model_slug": "veo31_fast",
        "prompt": "a lighthouse",
        "aspect_ratio": "16:9",
        "duration_seconds": "8",
    }
    return {**wish, "variations": "1", "token": str(uuid4()), **invented.typed, **changes}


def received(studio: FakeStudio, connection: Connection) -> dict[str, Any]:
    """The body of the one paid request that arrives at the studio."""
    assert sending.send_next(connection)
    (call,) = studio.calls("POST", GENERATE)
    return dict(call.body)


def test_the_form_shows_it_checks_it_and_sends_it(
    as_member: Client, studio: FakeStudio, connection: Connection, invented: Invented
) -> None:
    page = as_member.get("/?model=veo31_fast").content.decode()
    assert all(f'name="{name}"' in page for name in invented.values)
    assert "Sparkle" in page
    refused = as_member.post("/", form(invented, **{invented.level: "12", invented.deep: "{"}))
    assert refused.status_code == 422
    assert "This is not valid JSON." in text_of(refused)
    refused = as_member.post("/", form(invented, **{invented.level: "12"}))
    assert "“Sparkle” can be 1 to 9; 12 is outside." in text_of(refused)
    as_member.post("/", form(invented))
    sent = received(studio, connection)
    assert {name: sent[name] for name in invented.values} == invented.values
    page = text_of(as_member.get(f"/jobs/{Job.objects.get().pk}/"))
    assert "Sparkle 7" in page
    assert "Hard edge" in page
    assert "https://example.com/mask.png" in page


def test_a_script_sends_it_and_reads_it_in_the_models_and_the_document(
    member: Any, client: Client, studio: FakeStudio, connection: Connection, invented: Invented
) -> None:
    _, text = a_token(member)
    headers = {"Authorization": f"Bearer {text}"}
    (model, *_) = client.get("/api/v1/models/video/", headers=headers).json()["models"]
    listed = {one["name"]: one for one in model["parameters"]}
    assert listed[invented.level] == {
        "name": invented.level,
        "kind": "integer",
        "label": "Sparkle",
        "minimum": 1,
        "maximum": 9,
    }
    document = client.get("/api/v1/openapi.json").json()
    assert invented.level in document["components"]["schemas"]["GenerateRequest"]["properties"]
    wish = {"model_slug": "veo31_fast", "prompt": "a lighthouse", "duration_seconds": 8}
    wrong = client.post(
        GENERATE, {**wish, invented.level: "seven"}, content_type="application/json", headers=headers
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, invented.level)
    right = client.post(
        GENERATE, {**wish, **invented.values}, content_type="application/json", headers=headers
    )
    assert right.status_code == 200, right.content
    sent = received(studio, connection)
    assert {name: sent[name] for name in invented.values} == invented.values
    (job_id,) = right.json()["job_ids"]
    told = client.get(f"/api/v1/video-studio/status/{job_id}/", headers=headers).json()["job"]
    assert told[invented.level] == 7


def test_the_command_line_sends_it(
    member: Any, studio: FakeStudio, connection: Connection, invented: Invented
) -> None:
    pairs = [f"{name}={words}" for name, words in invented.typed.items()]
    options = {"model": "veo31_fast", "ratio": "16:9", "set": pairs, "email": member.email}
    call_command("clip", "a lighthouse", **options)
    sent = received(studio, connection)
    assert {name: sent[name] for name in invented.values} == invented.values


def test_snippets_facts_comparison_and_project_defaults_show_it(
    as_manager: Client, studio: FakeStudio, connection: Connection, invented: Invented
) -> None:
    model = connection.models.get(slug="veo31_fast")
    other = connection.models.exclude(pk=model.pk).first()
    page = text_of(as_manager.get(f"/models/{model.pk}/"))
    assert "Sparkle 1 to 9" in page
    assert f"In a request: {invented.level}" in page
    snippets = as_manager.post(f"/models/{model.pk}/snippets/", form(invented)).content.decode()
    assert invented.level in snippets
    assert other is not None
    compared = text_of(as_manager.get(f"/models/compare/?model={model.pk}&model={other.pk}"))
    assert "Sparkle" in compared
    settings = as_manager.post("/projects/settings/", {"model_slug": "veo31_fast"}).content.decode()
    assert f'name="{invented.level}"' in settings


def test_a_lost_answer_is_matched_by_it(connection: Connection, invented: Invented) -> None:
    ours = GenerateRequest("veo31_fast", prompt="a lighthouse", **{invented.level: 7})
    same = decode_row("1", {"model_slug": "veo31_fast", "parameters": {invented.level: "7"}})
    another = decode_row("2", {"model_slug": "veo31_fast", "parameters": {invented.level: 8}})
    silent = decode_row("3", {"model_slug": "veo31_fast"})
    assert [contradicts(ours, row) for row in (same, another, silent)] == [False, True, False]
