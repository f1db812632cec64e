"""A script of a member's, in process: no worker answers, so nothing waits for one."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from studio.catalog.models import StudioModel
from studio.team.models import Member
from studio.tokens.models import Token
from tests.factories import a_model, a_token
from tests.gateway.fixtures import newcomer, plain  # noqa: F401 - fixtures
from tests.responses import Response

GENERATE = "/api/v1/video-studio/generate/"
WISH = {"model_slug": "veo31_fast", "prompt": "a lighthouse", "aspect_ratio": "16:9", "duration_seconds": 8}


def at_fault(answer: Response) -> list[str | None]:
    """The fields that a refusal names, each with a sentence; None for the request as a whole."""
    errors = answer.json()["errors"]
    assert all(error.keys() == {"field", "message"} and error["message"] for error in errors)
    return [error["field"] for error in errors]


@dataclass(frozen=True)
class Script:
    token: Token
    text: str

    def get(self, path: str, **headers: str) -> Response:
        return Client().get(path, headers={"Authorization": f"Bearer {self.text}", **headers})

    def post(self, path: str, body: Any, **headers: str) -> Response:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        authorized = {"Authorization": f"Bearer {self.text}", **headers}
        return Client().post(path, sent, content_type="application/json", headers=authorized)

    def ask(self, **changes: Any) -> Response:
        return self.post(GENERATE, {**WISH, **changes})


@pytest.fixture(autouse=True)
def _nobody_answers(settings) -> None:
    settings.API_PATIENCE = 0.0


@pytest.fixture
def model(db: None) -> StudioModel:
    return a_model()


@pytest.fixture
def script(model: StudioModel, member: Member) -> Script:
    return Script(*a_token(member))
