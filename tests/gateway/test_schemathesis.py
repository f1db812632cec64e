"""Calls that a machine makes up from the OpenAPI document, right, wrong and at the edges, to the whole application.

schemathesis judges each answer: no fault of ours, a status and a body that the document knows, wrong data refused,
nothing without a token. Where a model's own rules refuse what the document allows, 400, 402 and 404 are right answers.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from schemathesis.config import SchemathesisConfig

from studio.catalog.connections import default_connection
from studio.catalog.refresh import mirror
from studio.contract.decode import decode_models
from studio.gateway.openapi.document import document
from studio.gateway.openapi.operations import JOB_ID
from studio.sandbox.catalogue import MODELS
from studio.wsgi import application
from tests.examples import quarter
from tests.factories import a_job, a_member, a_token, altered
from tests.rows import for_nothing

ORIGIN = "http://localhost"
PLAIN = str.maketrans(".[*]", "----")  # the name of a dictionary has letters and dashes
# Made-up calls of each operation, beside the examples of the document and the edges. Five operations take anything, so
# with MANY it is more than 500 calls in all, or 2,000 with THOROUGH=1.
FEW, MANY = 15, quarter(400)
EVERYTHING = {  # a model that hardly anything is wrong for
    "model_slug": "everything",
    "name": "Everything",
    "aspect_ratios": ["16:9", "9:16"],
    "durations": [8, 10],
    "quality_modes": ["std", "pro"],
    "inputs": ["text", "image", "video"],
    "credits": {"base": 100},
    "prompt": {"required": False},
    "sound": True,
    "directory_discount": 10,
}
ANYTHING = EVERYTHING | {"model_slug": "anything", "name": "Anything", "inputs": ["text"]}
SLUGS = ["everything", *["anything"] * 5, "veo31_fast", "kling_3_0", "sora_2_storyboard"]
MEDIA = ["https://media.example.com/a.jpg", "/media/clips/a.mp4"]
LIKELY = {  # of what nobody could make up
    "body.model_slug": SLUGS,
    "body.prompt": ["a lighthouse at dawn"],
    "body.aspect_ratio": ["16:9", "9:16"],
    "body.duration_seconds": [8, 10],
    "body.quality_mode": ["std", "pro"],
    "body.input_image_urls[*]": MEDIA,
    "body.input_video_urls[*]": MEDIA,
    "body.source_image_urls[*]": MEDIA,
    "body.webhook_url": ["https://hooks.example.com/ended"],
    "path.job_id": [JOB_ID],
    "path.generation_id": [JOB_ID],
    "query.before": [JOB_ID],
}
CONFIG = {
    "dictionaries": {place.translate(PLAIN): {"values": values} for place, values in LIKELY.items()},
    "parameters": {place: {"dictionary": place.translate(PLAIN), "probability": 0.8} for place in LIKELY},
    "generation": {
        "mode": "all",
        "allow-extra-parameters": False,  # in a query they are nobody's: what is unknown there is ignored
        "with-security-parameters": False,  # each call has the token; ignored_auth asks again without
    },
    "checks": {"positive_data_acceptance": {"expected-statuses": ["200", "400", "402", "404", "422"]}},
}


def described(calls: int, edges: bool) -> schemathesis.BaseSchema:
    config = SchemathesisConfig.from_dict(CONFIG)
    schema = schemathesis.openapi.from_dict(document(ORIGIN), config=config)
    schema.app = application
    schema.config.generation.update(max_examples=calls, deterministic=not edges)
    schema.config.phases.coverage.enabled = edges
    return schema


SOME = described(FEW, edges=False)
ALL = described(MANY, edges=True)
AT_ONCE = hypothesis.settings(
    deadline=None,  # a busy machine is not a wrong answer
    suppress_health_check=[*hypothesis.HealthCheck],
)


@dataclass
class Gateway:
    """What is asked, with a token that may do everything; ``statuses`` counts the answers."""

    text: str
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.text}", "Accept-Encoding": "identity"}

    def ask(self, case: schemathesis.Case) -> None:
        """Each call finds the same rows."""
        with for_nothing():
            answer = case.call_and_validate(headers=self.headers)
        self.statuses[answer.status_code] += 1


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """That of the test, whose rows no other one sees: the end of a request does not close it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def gateway(db: None, settings, _one_connection: None) -> Iterator[Gateway]:
    """Calls that were all refused would prove little: some have to be right."""
    settings.API_PATIENCE = 0.0
    settings.API_READS_PER_MINUTE = settings.API_CLIPS_PER_MINUTE = 1_000_000
    mirror(default_connection(), decode_models({"models": [EVERYTHING, ANYTHING, *MODELS]}))
    member = a_member()
    altered(a_job("stored", owner=member), public_id=JOB_ID)
    asked = Gateway(a_token(member)[1])
    yield asked
    assert asked.statuses[200] * 40 >= asked.statuses.total(), asked.statuses


@SOME.parametrize()
@AT_ONCE
def test_made_up_calls_are_answered_as_the_document_says(case: schemathesis.Case, gateway: Gateway) -> None:
    gateway.ask(case)


@pytest.mark.slow
@ALL.parametrize()
@AT_ONCE
def test_many_calls_are_answered_as_the_document_says(case: schemathesis.Case, gateway: Gateway) -> None:
    gateway.ask(case)


@pytest.mark.slow
def test_calls_one_after_the_other_are_answered_as_the_document_says(gateway: Gateway) -> None:
    """Made from what was answered: a clip is asked for, then followed."""

    calls = described(FEW, edges=False)
    calls.config.checks.ignored_auth.enabled = False  # asked of each call by itself, above

    class Script(calls.as_state_machine()):  # type: ignore[misc]  # made at run time
        def setup(self) -> None:
            self.rows = for_nothing()
            self.rows.__enter__()

        def teardown(self) -> None:
            self.rows.__exit__(None, None, None)

        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            return {"headers": gateway.headers}

        def after_call(self, response: schemathesis.Response, case: schemathesis.Case) -> None:
            gateway.statuses[response.status_code] += 1

    Script.run(settings=hypothesis.settings(AT_ONCE, max_examples=20, stateful_step_count=6))
    assert gateway.statuses[200] > 20
