"""An admin adds a parameter to a model, corrects one and hides one, on the model's pages."""

import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django import forms
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from dashboard.models.parameters.form import KIND_LABELS, ParameterForm
from dashboard.shared.form_fields import typed_field
from studio.audit.models import Entry
from studio.catalog import refresh
from studio.catalog.connections import default_connection
from studio.catalog.models import StudioModel
from studio.contract.capability import Choice, Parameter
from studio.contract.decode import decode_capability
from studio.contract.rules import fault_in
from studio.jobs.dispatch import sending
from studio.jobs.models import Job
from studio.team.models import Member, Role
from tests.contract.test_corrections import BY_MODE, PARAMETERS
from tests.dashboard.reading import text_of
from tests.factories import VEO, a_member, a_model, a_token
from tests.gateway.conftest import Script
from tests.must import must
from tests.upstream.fixtures import video_studio  # noqa: F401
from tests.upstream.server import FakeStudio

pytestmark = pytest.mark.django_db
SPARKLE = {
    "name": "sparkle",
    "label": "Sparkle",
    "kind": "integer",
    "minimum": "1",
    "maximum": "9",
    "default": "3",
    "required": "no",
}
WISH = {"model_slug": "veo31_fast", "prompt": "a lighthouse at dawn", "aspect_ratio": "16:9"}
WISH |= {"duration_seconds": "8", "variations": "1"}


@pytest.fixture
def model(db: None) -> StudioModel:
    return a_model()


def fresh() -> StudioModel:
    return StudioModel.objects.get(slug="veo31_fast")


def address(model: StudioModel, step: str = "") -> str:
    return f"/models/{model.pk}/parameter/{step}"


def add(client: Client, model: StudioModel, **changes: Any) -> Any:
    return client.post(address(model), {**SPARKLE, **changes})


def correct(client: Client, model: StudioModel, which: str, **changes: Any) -> Any:
    """As a person does it: the form as the page shows it, with some fields changed."""
    form = client.get(address(model), {"name": which}).context["form"]
    shown = {field.name: field.value() for field in form}
    said = {key: value for key, value in shown.items() if value not in (None, False)}
    return client.post(f"{address(model)}?name={which}", {**said, **changes})


def wish(client: Client, **changes: Any) -> Any:
    return client.post("/", {**WISH, "token": str(uuid4()), **changes})


# ── From the page to the studio ─────────────────────────────────────────────────────────────────────────
@pytest.fixture
def at_a_studio(db: None, settings, video_studio: FakeStudio) -> StudioModel:  # noqa: F811
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = video_studio.url, video_studio.key
    settings.API_PATIENCE = 0.0
    refresh.refresh(default_connection())
    return fresh()


def test_an_added_parameter_goes_from_the_form_to_the_studio(
    as_admin: Client,
    as_member: Client,
    at_a_studio: StudioModel,
    video_studio: FakeStudio,  # noqa: F811
) -> None:
    assert add(as_admin, at_a_studio).status_code == 302
    refresh.refresh(default_connection())
    page = as_member.get("/?model=veo31_fast").content.decode()
    assert re.search(r'<input[^>]* name="sparkle"', page)
    wish(as_member, sparkle="7")
    job = Job.objects.get()
    assert job.generate_request.get("sparkle") == 7
    assert sending.send_next(job.connection)
    (call,) = video_studio.calls("POST")
    assert call.body["sparkle"] == 7
    assert "Sparkle" in text_of(as_member.get(f"/jobs/{job.pk}/"))


def test_an_added_parameter_goes_from_the_api_to_the_studio(
    as_admin: Client,
    member: Member,
    at_a_studio: StudioModel,
    video_studio: FakeStudio,  # noqa: F811
) -> None:
    script = Script(*a_token(member))
    said = {**WISH, "duration_seconds": 8, "sparkle": 7}
    del said["variations"]
    generate, models = "/api/v1/video-studio/generate/", "/api/v1/models/video/"
    assert script.post(generate, said).status_code == 400, "the studio describes no such parameter"
    add(as_admin, at_a_studio)
    listed = script.get(models).json()["models"]
    (veo,) = [one for one in listed if one["model_slug"] == "veo31_fast"]
    (sparkle,) = [one for one in veo["parameters"] if one["name"] == "sparkle"]
    assert sparkle == {
        "name": "sparkle",
        "kind": "integer",
        "label": "Sparkle",
        "minimum": 1,
        "maximum": 9,
        "default": 3,
        "required": False,
        "is_ours": True,
    }
    assert script.post(generate, {**said, "sparkle": 10}).status_code == 400
    assert script.post(generate, said).status_code == 200
    assert sending.send_next(default_connection())
    (call,) = video_studio.calls("POST")
    assert call.body["sparkle"] == 7


def test_a_hidden_parameter_is_neither_offered_nor_taken(
    as_admin: Client, as_member: Client, model: StudioModel
) -> None:
    as_admin.post(address(model, "hide/"), {"name": "aspect_ratio"})
    assert 'name="aspect_ratio"' not in as_member.get("/?model=veo31_fast").content.decode()
    wish(as_member)
    assert Job.objects.get().generate_request.get("aspect_ratio") is None


def test_a_form_that_is_open_notices_that_a_parameter_was_corrected(
    as_admin: Client, as_member: Client, model: StudioModel
) -> None:
    made_for = as_member.get("/?model=veo31_fast").context["draft"].made_for
    correct(as_admin, model, "aspect_ratio", choices="9:16", default="")
    answer = wish(as_member, made_for=made_for)
    assert "changed while this page was open" in text_of(answer)
    assert not Job.objects.exists()


def test_a_form_that_is_open_notices_that_a_parameter_was_hidden(
    as_admin: Client, as_member: Client, model: StudioModel
) -> None:
    """What was chosen is not left out without a word."""
    made_for = as_member.get("/?model=veo31_fast").context["draft"].made_for
    as_admin.post(address(model, "hide/"), {"name": "aspect_ratio"})
    page = text_of(wish(as_member, made_for=made_for))
    assert "does not take “Aspect ratio”" in page
    assert "changed while this page was open" in page
    assert not Job.objects.exists()


# ── Who may ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.MANAGER])
def test_only_admins_change_parameters(client: Client, model: StudioModel, role: Role) -> None:
    client.force_login(a_member("someone@example.com", role=role))
    assert add(client, model).status_code == 404
    assert client.get(address(model)).status_code == 404
    for step in ("hide/", "reset/"):
        assert client.post(address(model, step), {"name": "aspect_ratio"}).status_code == 404
    assert fresh().own_parameters == []
    assert "Add a parameter" not in text_of(client.get(f"/models/{model.pk}/"))


def test_parameters_of_a_record_that_was_not_understood_cannot_be_changed(as_admin: Client) -> None:
    model = a_model()
    StudioModel.objects.update(unreadable_reason="Its inputs could not be understood.")
    assert add(as_admin, model).status_code == 404
    assert as_admin.get(f"/models/{model.pk}/").status_code == 200


@pytest.mark.parametrize("step", ["hide/", "reset/"])
def test_what_a_model_does_not_have_is_neither_hidden_nor_reset(
    as_admin: Client, model: StudioModel, step: str
) -> None:
    assert as_admin.post(address(model, step), {"name": "no_such_thing"}).status_code == 404
    assert as_admin.post(address(model, step)).status_code == 404
    assert as_admin.get(address(model), {"name": "no_such_thing"}).status_code == 404


# ── The page ────────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_marks_what_was_added_corrected_and_hidden(as_admin: Client, model: StudioModel) -> None:
    add(as_admin, model)
    correct(as_admin, model, "aspect_ratio", choices="1:1 = Square\n9:16 (unavailable)", default="")
    as_admin.post(address(model, "hide/"), {"name": "prompt_directory_optin"})
    page = text_of(as_admin.get(f"/models/{model.pk}/"))
    for words in (
        "Sparkle added here sparkle 1 to 9 3 no",
        "Aspect ratio corrected here aspect_ratio Square, 9:16",
    ):
        assert words in page
    assert "Share in the prompt directory hidden prompt_directory_optin Not shown and not sent Show" in page
    assert "“Sparkle” added by an admin." in page
    for name in ("sparkle", "aspect_ratio", "prompt_directory_optin"):
        as_admin.post(address(model, "reset/"), {"name": name})
    assert fresh().own_parameters == []
    assert fresh().capability == model.capability


def test_the_audit_log_names_the_parameter_and_leads_to_the_model(
    as_admin: Client, model: StudioModel
) -> None:
    add(as_admin, model)
    page = as_admin.get("/audit/")
    assert "Added a parameter to a model" in text_of(page)
    assert f'href="/models/{model.pk}/"' in page.content.decode()
    assert Entry.objects.get(action="model.parameter_added").detail["parameter"] == "sparkle"


def test_a_correction_starts_from_what_is_known(as_admin: Client, model: StudioModel) -> None:
    correct(as_admin, model, "aspect_ratio")
    published, own = (
        must(one.parameter("aspect_ratio")) for one in (fresh().published_capability, fresh().capability)
    )
    assert own.is_ours
    assert own.choices == published.choices


def test_durations_are_read_as_seconds(as_admin: Client, model: StudioModel) -> None:
    correct(as_admin, model, "duration_seconds", choices="4\n8 = Eight")
    assert fresh().capability.durations == (4, 8)
    assert [one.label for one in fresh().capability.choices_of("duration_seconds")] == ["4 s", "Eight"]


def test_a_correction_keeps_the_name(as_admin: Client, model: StudioModel) -> None:
    correct(as_admin, model, "aspect_ratio", name="ratio")
    assert [one["name"] for one in fresh().own_parameters] == ["aspect_ratio"]


# ── The form ────────────────────────────────────────────────────────────────────────────────────────────
PLAIN = {"name": "glow", "kind": "text"}


def form(record: dict[str, Any] = VEO, **said: Any) -> ParameterForm:
    return ParameterForm({**PLAIN, **said}, capability=decode_capability("veo31_fast", record))


def read(**said: Any) -> Parameter:
    filled = form(**said)
    assert filled.is_valid(), filled.errors
    assert filled.parameter
    return filled.parameter


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": "9lives"}, "name"),
        ({"name": "camera motion"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "model_slug"}, "name"),
        ({"name": "webhook_url"}, "name"),
        ({"name": "aspect_ratio", "kind": "choice", "choices": "1:1"}, "name"),  # the model has it
        ({"name": "sound", "kind": "text"}, "kind"),
        ({"name": "sound", "kind": "flag", "many": "on"}, "many"),
        ({"name": "quality_mode", "kind": "choice"}, "choices"),
        ({"kind": "colour"}, "kind"),
        ({"kind": "choice"}, "choices"),
        ({"kind": "choice", "choices": "a\na"}, "choices"),
        ({"kind": "choice", "choices": "a (unavailable)"}, "choices"),
        ({"kind": "choice", "choices": " = Nothing"}, "choices"),
        ({"kind": "choice", "choices": "\n".join(map(str, range(201)))}, "choices"),
        ({"kind": "integer", "choices": "1\ntwo"}, "choices"),
        ({"kind": "flag", "choices": "on\noff"}, "choices"),
        ({"kind": "text", "choices": "a"}, "choices"),
        ({"kind": "text", "minimum": "1"}, "minimum"),
        ({"kind": "integer", "choices": "1\n2", "maximum": "9"}, "maximum"),
        ({"kind": "integer", "minimum": "9", "maximum": "1"}, "maximum"),
        ({"kind": "integer", "maximum": "1e99"}, "maximum"),
        ({"kind": "number", "maximum": "1000000000000.5"}, "__all__"),
        ({"kind": "number", "step": "0"}, "step"),
        ({"kind": "number", "max_length": "5"}, "max_length"),
        ({"kind": "text", "max_items": "5"}, "max_items"),
        ({"kind": "text", "many": "on", "min_items": "5", "max_items": "2"}, "max_items"),
        ({"kind": "integer", "minimum": "1", "maximum": "9", "default": "10"}, "default"),
        ({"kind": "integer", "default": "many"}, "default"),
        ({"kind": "choice", "choices": "a\nb", "default": "c"}, "default"),
        ({"kind": "choice", "choices": "a\nb (unavailable)", "default": "b"}, "default"),
        ({"kind": "flag", "default": "perhaps"}, "default"),
        ({"kind": "object", "default": "{"}, "default"),
        ({"kind": "image", "default": "a picture"}, "default"),
        ({"kind": "text", "max_length": "3", "default": "four"}, "default"),
        ({"kind": "text", "many": "on", "max_items": "1", "default": "a\nb"}, "default"),
        ({"modes": "text"}, None),  # the model has no modes: the field is not there
        ({"required": "perhaps"}, "required"),
        ({"note": "x" * 301}, "note"),
    ],
)
def test_what_cannot_be_right_is_said_at_its_field(said: dict[str, Any], field: str | None) -> None:
    assert list(form(**said).errors) == ([field] if field else [])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, Parameter("glow", "text", "Glow")),
        (
            {"kind": "choice", "choices": "hi = High\nlow (unavailable)", "default": "hi"},
            Parameter(
                "glow", "choice", "Glow", (Choice("hi", "High"), Choice("low", "low", False)), default="hi"
            ),
        ),
        (
            {"kind": "integer", "choices": "1 = One\n2"},
            Parameter("glow", "integer", "Glow", (Choice(1, "One"), Choice(2, "2"))),
        ),
        ({"kind": "flag", "default": "off"}, Parameter("glow", "flag", "Glow", default=False)),
        ({"kind": "number", "default": "0.5"}, Parameter("glow", "number", "Glow", default=0.5)),
        ({"kind": "object", "default": '{"a": 1}'}, Parameter("glow", "object", "Glow", default={"a": 1})),
        (
            {"kind": "integer", "many": "on", "max_items": "3", "default": "1\n2"},
            Parameter("glow", "integer", "Glow", many=True, max_items=3, default=(1, 2)),
        ),
        ({"name": "duration", "kind": "text"}, Parameter("duration", "text", "Duration")),
        ({"name": "caption_url", "kind": "text"}, Parameter("caption_url", "text", "Caption")),
    ],
)
def test_a_parameter_is_taken_as_the_admin_describes_it(said: dict[str, Any], expected: Parameter) -> None:
    found = read(**said)
    assert found.is_ours
    assert replace(found, is_ours=False) == expected


def test_a_parameter_may_belong_to_some_modes_of_the_model() -> None:
    filled = form(BY_MODE, modes=["image"])
    assert filled.is_valid()
    assert filled.parameter
    assert filled.parameter.modes == ("image",)
    assert list(form(BY_MODE, modes=["audio"]).errors) == ["modes"]


def test_every_kind_has_a_name_for_people() -> None:
    assert [label for _, label in typed_field(form(), "kind", forms.ChoiceField).widget.choices] == list(
        KIND_LABELS.values()
    )


@given(PARAMETERS)
def test_any_parameter_of_a_record_can_be_shown_and_posted_without_a_fault(parameter: Parameter) -> None:
    """It may be refused, with sentences; if it is taken, it is what it was, but for a default of another type."""
    capability = decode_capability("veo31_fast", VEO)
    shown = ParameterForm(capability=capability, parameter=parameter)
    said = {field.name: field.value() for field in shown}
    posted = {name: value for name, value in said.items() if value not in (None, False)}
    filled = ParameterForm(posted, capability=capability, parameter=parameter)
    if filled.is_valid():
        assert filled.parameter
        kept = replace(parameter, modes=())
        if fault_in(parameter.default, parameter, capability):
            kept = replace(kept, default=filled.parameter.default)
        assert filled.parameter == kept


@given(st.dictionaries(st.sampled_from(list(ParameterForm.base_fields)), st.text()))
def test_nothing_that_is_posted_breaks_the_form(said: dict[str, str]) -> None:
    filled = ParameterForm(said, capability=decode_capability("veo31_fast", BY_MODE))
    assert filled.is_valid() == bool(filled.parameter)
