"""The OpenAPI document: that it is one, that its examples are true, and that it knows what we really answer."""

import base64
import hmac
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from studio.contract.addresses import is_web_address
from studio.contract.capability import Capability, Choice, Parameter
from studio.contract.decode import decode_models
from studio.contract.decode.request import decode_request
from studio.contract.encode import to_json
from studio.contract.errors import InvalidRequest
from studio.contract.request import SEED_FIELDS
from studio.contract.rules import check
from studio.gateway.body import MOST_BYTES
from studio.gateway.openapi import words
from studio.gateway.openapi.document import document
from studio.gateway.openapi.parameters import document_fields
from studio.gateway.openapi.refusals import REFUSALS
from studio.gateway.openapi.schemas import schemas
from studio.jobs.job_report import job_report
from studio.jobs.models import Job
from studio.notify.models import Delivery, Format
from studio.notify.payload import JOB_EVENTS, body_of, headers_of, signature
from studio.sandbox.catalogue import MODELS
from studio.team.models import Member
from studio.tokens.models import Scope
from tests.contract.strategies import capabilities
from tests.factories import a_budget, a_job, a_token
from tests.gateway.conftest import GENERATE, WISH, Script
from tests.test_addresses import ALL, GATEWAY

ORIGIN = "https://dailies.example.com"
DOCUMENT = document(ORIGIN)
EXTRA = (
    Parameter("negative_prompt", "text", "Negative prompt"),
    Parameter("seed", "integer", "Seed"),
    Parameter("cfg_scale", "number", "CFG scale"),
    Parameter("return_last_frame", "flag", "Return the last frame"),
    Parameter("first_frame_url", "image", "First frame"),
    Parameter("reference_image_urls", "image", "Reference images", many=True),
    Parameter("sparkle", "choice", "Sparkle", (Choice("low", "Low"), Choice("high", "High", enabled=False))),
    Parameter("elements", "object", "Elements", many=True),
    Parameter("camera", "object", "Camera"),
)
FORMATS = Draft202012Validator.FORMAT_CHECKER


@FORMATS.checks("uri")
def is_whole_address(value: object) -> bool:
    return not isinstance(value, str) or is_web_address(value)


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    """For a schema that points into the document."""
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]}, format_checker=FORMATS)


def named(name: str) -> Draft202012Validator:
    return validator({"$ref": f"#/components/schemas/{name}"})


def examples(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Where, by which schema, and what: of every object of the document that has both."""
    if isinstance(node, list):
        node = dict(enumerate(node))
    if not isinstance(node, dict):
        return
    if "schema" in node:
        said = [example["value"] for example in node.get("examples", {}).values()]
        said += [node["example"]] if "example" in node else []
        yield from ((place, node["schema"], example) for example in said)
    for name, inner in node.items():
        if name not in ("example", "examples", "schema", "schemas"):
            yield from examples(inner, f"{place}/{name}")


def test_the_document_is_one_of_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    assert DOCUMENT["servers"] == [{"url": ORIGIN}]


def test_each_example_is_as_its_schema_says() -> None:
    wrong = [
        (place, fault.message)
        for place, schema, example in examples(DOCUMENT)
        for fault in validator(schema).iter_errors(example)
    ]
    assert wrong == []


def test_every_body_has_an_example() -> None:
    """All but that of the document itself."""
    job_report = {
        place.rpartition("/content/")[0] for place, _, _ in examples(DOCUMENT) if "/content/" in place
    }
    bodies = set(contents(DOCUMENT))
    assert bodies - job_report == {"/paths//api/v1/openapi.json/get/responses/200"}


def contents(node: Any, place: str = "") -> Iterator[str]:
    for name, inner in node.items() if isinstance(node, dict) else ():
        if name == "content":
            yield place
        yield from contents(inner, f"{place}/{name}")


def test_each_example_of_a_request_is_one_that_its_model_takes() -> None:
    known = {model.slug: model for model in decode_models({"models": list(MODELS)}).capabilities}
    for body in bodies_of("/api/v1/video-studio/generate/"):
        request = decode_request(body)
        assert check(request, known[request.model_slug]) == {}


def bodies_of(path: str) -> list[Any]:
    content = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    return [example["value"] for example in content["examples"].values()]


def test_every_field_of_a_request_has_a_type_and_a_sentence() -> None:
    said = document_fields()
    assert list(said) == ["model_slug", *SEED_FIELDS]
    assert all(schema["description"].endswith(".") for schema in said.values())


WRONG = {"string": 7, "integer": "7", "boolean": "yes", "array": "https://example.com/a.png"}


@pytest.mark.parametrize("name", SEED_FIELDS)
def test_the_schema_of_a_field_takes_what_its_reader_takes(name: str) -> None:
    """And refuses what that refuses."""
    kind = document_fields()[name]["type"]
    for value in ("words", 8, 8.0, 8.5, True, ["a"], [1], {}, WRONG[kind]):
        takes = validator(document_fields()[name]).is_valid(value)
        assert takes == is_read({"model_slug": "any", name: value}), value


def is_read(body: dict[str, Any], capability: Capability | None = None) -> bool:
    try:
        decode_request(body, capability)
    except InvalidRequest:
        return False
    return True


@given(capabilities(), st.data())
@settings(max_examples=50, deadline=None)
def test_the_schema_of_a_model_s_own_parameter_takes_what_its_reader_takes(
    capability: Capability, data: st.DataObject
) -> None:
    extra = data.draw(st.sampled_from(EXTRA))
    own = replace(capability, parameters=(*capability.parameters, extra))
    schema = schemas([own])["GenerateRequest"]
    values: tuple[Any, ...] = ("words", 8, 8.5, True, ["a"], [1], {}, [{}])
    for value in values:
        body = {"model_slug": own.slug, extra.name: value}
        assert validator(schema).is_valid(body) == is_read(body, own), value


@given(capabilities())
@settings(max_examples=50, deadline=None)
def test_every_model_is_as_the_schema_says(capability: Capability) -> None:
    record = to_json(capability)
    named("Model").validate(record)
    known = DOCUMENT["components"]["schemas"]["Model"]["properties"]
    assert set(record) - set(capability.unknown) == set(known) - {"mode_parameter"}
    assert set(record["credits"]) <= set(known["credits"]["properties"])


STATES = (
    *("queued", "approval", "pending", "processing", "stored", "lost", "failed", "rejected", "cancelled"),
    *("declined", "attention", "abandoned", "stopped", "blocked"),
)


@pytest.mark.parametrize("state", STATES)
def test_a_job_in_any_state_is_told_as_the_schema_says(state: str, db: None) -> None:
    job = Job.objects.prefetch_related("files").get(pk=a_job(state).pk)
    answer = job_report(job)
    named("Job").validate(answer)
    assert set(answer) <= set(DOCUMENT["components"]["schemas"]["Job"]["properties"])


@pytest.mark.parametrize("event", [*DOCUMENT["webhooks"]])
def test_a_job_report_is_as_the_document_says(event: str, db: None) -> None:
    kind = {job_report: kind for kind, job_report in JOB_EVENTS.items()}[event]
    job = a_job({"job.completed": "stored", "job.failed": "failed"}[event])
    delivery = Delivery(kind=kind, at=timezone.now())
    body = body_of(delivery, Format.JOB, ORIGIN, job_report(job))
    named("Notice").validate(json.loads(body))
    sent = headers_of(delivery, Format.JOB, body, "a secret", time.time())
    said = {header["name"]: header for header in DOCUMENT["webhooks"][event]["post"]["parameters"]}
    assert set(sent) - {"Content-Type"} == set(said)
    assert sent["Dailies-Event"] == said["Dailies-Event"]["example"] == event


def test_the_recipe_for_signatures_knows_ours_from_others() -> None:
    recipe = words.NOTICE.split("```")[1].strip()
    body, secret, other = b'{"event": "job.completed"}', f"whsec_{'A' * 43}=", f"whsec_{'B' * 43}="

    def run(signed_with: str, at: int) -> None:
        sent = {"webhook-id": "a-delivery", "webhook-timestamp": str(at)}
        sent |= {"webhook-signature": signature(signed_with, "a-delivery", at, body)}
        names = {"headers": sent, "body": body, "secret": secret}
        exec(recipe, {"base64": base64, "hmac": hmac, "time": time, **names})

    run(secret, int(time.time()))
    for signed_with, at in ((other, int(time.time())), (secret, int(time.time()) - 301)):
        with pytest.raises(ValueError, match="Not from Dailies"):
            run(signed_with, at)


def test_the_document_knows_every_address_of_the_gateway_and_its_methods(client: Client) -> None:
    known = {
        reverse("gateway:" + name, kwargs=dict.fromkeys(ALL["gateway:" + name].pattern.converters, "x"))
        for name in (full.removeprefix("gateway:") for full in GATEWAY)
        if name != "nothing"
    }
    assert {re.sub("{.*?}", "x", path) for path in DOCUMENT["paths"]} == known
    for path, operations in DOCUMENT["paths"].items():
        allowed = client.options(re.sub("{.*?}", "x", path))["Allow"]
        assert {method.upper() for method in operations} == set(allowed.split(", ")) - {"HEAD"}


def test_anybody_may_have_the_document_and_keep_it_for_a_while(client: Client, db: None) -> None:
    answer = client.get("/api/v1/openapi.json", headers={"host": "localhost:8000"})
    assert answer.json() == document("http://localhost:8000")
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert not answer.cookies
    again = client.get(
        "/api/v1/openapi.json", headers={"host": "localhost:8000", "if-none-match": answer["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert client.head("/api/v1/openapi.json").content == b""


def test_the_document_takes_no_other_method(client: Client) -> None:
    answer = client.post("/api/v1/openapi.json", headers={"host": "localhost:8000"})
    assert (answer.status_code, answer.json()["success"]) == (405, False)


@override_settings(RESULT_URL_HOURS=1, API_READS_PER_MINUTE=1200, API_CLIPS_PER_MINUTE=7)
def test_the_limits_are_those_of_this_installation() -> None:
    job_report = " ".join(document(ORIGIN)["info"]["description"].split())
    assert "for an hour. Read" in job_report
    assert "read 1,200 times and create 7 clips" in job_report


REFUSED = DOCUMENT["components"]["responses"]


def example_of(name: str) -> dict[str, Any]:
    return REFUSED[name]["content"]["application/json"]["example"]


def test_refusals_read_as_their_examples_say(script: Script, member: Member, settings) -> None:
    reader = Script(*a_token(member, scopes=[Scope.READ]))
    key = {"Idempotency-Key": "once"}
    script.post(GENERATE, WISH, **key)
    answers = {
        "BadRequest": script.ask(duration_seconds=5),
        "Unauthorized": Client().get("/api/v1/models/video/"),
        "Forbidden": reader.ask(),
        "NotFound": script.get("/api/v1/video-studio/status/unknown/"),
        "MethodNotAllowed": script.post("/api/v1/models/video/", {}),
        "TooLarge": script.post(GENERATE, b" " * (MOST_BYTES + 1)),
        "UnsupportedEncoding": script.post(GENERATE, WISH, **{"Content-Encoding": "br"}),
        "KeyUsedBefore": script.post(GENERATE, WISH | {"prompt": "another"}, **key),
    }
    assert {name: answer.json() for name, answer in answers.items()} == {n: example_of(n) for n in answers}
    status_of = {refusal.name: refusal.status for refusal in REFUSALS.values()}
    assert {name: answer.status_code for name, answer in answers.items()} == {
        n: status_of[n] for n in answers
    }
    for name, answer in answers.items():
        assert set(REFUSED[name].get("headers", {})) <= set(answer.headers)


def test_too_few_credits_and_too_many_calls_read_as_their_schemas_say(script: Script, settings) -> None:
    a_budget(limit=94)
    short = script.ask()
    named("InsufficientCredits").validate(short.json())
    assert short.json()["error"] == example_of("InsufficientCredits")["error"]
    settings.API_READS_PER_MINUTE = 1
    with time_machine.travel("2026-11-25 10:00:00+00:00", tick=False):
        script.get("/api/v1/models/video/")
    with time_machine.travel("2026-11-25 10:00:48+00:00", tick=False):
        answer = script.get("/api/v1/models/video/")
    assert (answer.status_code, answer["Retry-After"]) == (429, "12")
    assert answer.json()["error"] == example_of("TooManyRequests")["error"].replace("60 times", "1 times")


def test_each_call_has_a_name_that_generated_clients_can_use() -> None:
    items = [*DOCUMENT["paths"].values(), *DOCUMENT["webhooks"].values()]
    names = [operation["operationId"] for item in items for operation in item.values()]
    assert [name for name in names if not re.fullmatch("[a-z][A-Za-z]+", name)] == []
    assert len(set(names)) == len(names)


def test_the_document_is_the_same_each_time() -> None:
    assert json.dumps(document(ORIGIN)) == json.dumps(DOCUMENT)
