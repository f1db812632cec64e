"""Variations of one prompt are different clips, here as at any studio."""

import pytest

from studio import film
from studio.sandbox.engine import Sandbox
from studio.sandbox.models import SandboxJob
from tests.factories import a_request

pytestmark = pytest.mark.django_db


def test_asking_for_the_same_again_is_another_take():
    for prompt in ("waves", "waves", "dunes", "waves"):
        Sandbox().generate(a_request(prompt=prompt))
    assert [job.take() for job in SandboxJob.objects.order_by("pk")] == [0, 1, 0, 2]


def test_another_take_is_another_clip_and_the_same_take_the_same(tmp_path):
    def drawn(take: int, folder: str) -> bytes:
        spec = film.RenderSpec("waves", 1, quality="draft", take=take)
        return film.render(spec, tmp_path / folder, deadline=60).clip.read_bytes()

    first = drawn(0, "first")
    assert drawn(0, "again") == first
    assert drawn(1, "other") != first
