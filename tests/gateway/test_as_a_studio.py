"""Our own gateway as the studio of another installation: how its refusals are read there."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from studio.contract.errors import Forbidden, KeyRefused
from studio.contract.request import GenerateRequest
from studio.tokens.models import Scope
from studio.upstream.client import VideoStudio
from tests.gateway.home import Home

WISH = GenerateRequest("veo31_fast", prompt="a lighthouse at dawn", aspect_ratio="16:9", duration_seconds=8)


@contextmanager
def studio_of(home: Home, *scopes: Scope) -> Iterator[VideoStudio]:
    with closing(VideoStudio(home.url, home.newcomer(*scopes).text)) as engine:
        yield engine


def test_a_token_that_may_not_generate_is_refused_for_the_request_while_reads_work(home: Home):
    with studio_of(home, Scope.READ) as engine:
        with pytest.raises(Forbidden, match=r"This token lacks the “generate” scope\."):
            engine.generate(WISH)
        assert engine.history(1).jobs == ()


def test_a_token_that_is_wrong_is_refused_by_every_call(home: Home):
    with closing(VideoStudio(home.url, "no-such-token-of-ours")) as engine:
        for call in (lambda: engine.generate(WISH), engine.models, lambda: engine.history(1)):
            with pytest.raises(KeyRefused):
                call()
