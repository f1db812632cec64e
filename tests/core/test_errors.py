"""Errors that carry a sentence have one base, and a page shows the sentence of any of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from studio.catalog.vault import CannotOpen
from studio.core.errors import UserFacingError
from studio.jobs.submit import CannotSubmit
from studio.team.errors import NotAllowed
from studio.worker.single_instance import AnotherWorker
from tests.factories import a_model

ROOT = Path(__file__).parents[2]
BASE = ROOT / "studio" / "core" / "errors.py"


def _sources() -> Iterator[Path]:
    for package in ("studio", "dashboard"):
        yield from (ROOT / package).rglob("*.py")


def test_only_the_base_class_sets_a_sentence() -> None:
    setting = [
        f"{source.relative_to(ROOT)}:{node.lineno}"
        for source in _sources()
        if source != BASE
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and node.attr == "sentence"
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    ]
    assert setting == []


@pytest.mark.parametrize(
    "error",
    [
        NotAllowed("No."),
        CannotOpen("It stays shut."),
        CannotSubmit({"prompt": "Too long.", "": "And no credits."}),
        AnotherWorker("17"),
    ],
)
def test_an_error_says_its_sentence(error: UserFacingError) -> None:
    assert error.sentence
    assert str(error) == error.sentence


def test_a_page_shows_the_sentence_of_any_kind_of_refusal(
    as_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise CannotOpen("The key stays shut.")

    connection = a_model().connection
    monkeypatch.setattr("dashboard.connections.views.register.remove", refuse)
    answer = as_admin.post(f"/connections/{connection.pk}/remove/", follow=True)
    assert answer.status_code == 200
    assert "The key stays shut." in answer.text
