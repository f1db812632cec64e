"""Of several who read a row in one state, one changes it; the others see it as they read it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.db import connection as database
from django.utils import timezone

from studio.core.rows import compare_and_set
from studio.projects.models import Project
from tests.factories import a_project

ROOT = Path(__file__).parents[2]
RULE = ROOT / "studio" / "core" / "rows.py"


def _archived(project: Project) -> bool:
    return compare_and_set(Project.objects.filter(archived_at=None), project, archived_at=timezone.now())


def test_the_row_in_memory_follows_the_row_in_the_database(db: None) -> None:
    project = a_project("Lighthouses")
    assert _archived(project)
    assert project.archived_at is not None
    assert Project.objects.get(pk=project.pk).archived_at == project.archived_at


def test_whoever_is_late_changes_nothing_not_even_in_memory(db: None) -> None:
    first = a_project("Lighthouses")
    late = Project.objects.get(pk=first.pk)
    assert _archived(first)
    assert not _archived(late)
    assert late.archived_at is None
    assert Project.objects.get(pk=first.pk).archived_at == first.archived_at


def test_only_the_named_row_changes(db: None) -> None:
    named, other = a_project("Lighthouses"), a_project("Harbours")
    assert _archived(named)
    assert Project.objects.get(pk=other.pk).archived_at is None


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_changes_the_row() -> None:
    number = a_project("Lighthouses").pk
    copies = [Project.objects.get(pk=number) for _ in range(8)]
    together, won = Barrier(len(copies)), []

    def race(project: Project) -> None:
        try:
            together.wait(30)
            won.append(_archived(project))
        finally:
            database.close()

    threads = [Thread(target=race, args=[project]) for project in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(won) == [False] * 7 + [True]
    assert sum(project.archived_at is not None for project in copies) == 1


def _functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for package in ("studio", "dashboard"):
        for source in (ROOT / package).rglob("*.py"):
            if source == RULE or "migrations" in source.parts:
                continue
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    yield source, node


def _is_compared_and_set(node: ast.AST) -> bool:
    """``….filter(pk=row.pk, state=row.state).update(…)``: a row compared with what was read of it."""
    if not (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
    ):
        return False
    rows = node.func.value
    if not (
        isinstance(rows, ast.Call) and isinstance(rows.func, ast.Attribute) and rows.func.attr == "filter"
    ):
        return False
    read = {word.arg: word.value.value for word in rows.keywords if isinstance(word.value, ast.Attribute)}
    row = read.pop("pk", None)
    return isinstance(row, ast.Name) and any(
        isinstance(other, ast.Name) and other.id == row.id for other in read.values()
    )


def _names_called(function: ast.FunctionDef) -> set[str]:
    called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in called}


def test_it_is_written_in_one_place_only() -> None:
    again = [
        f"{source.relative_to(ROOT)}:{function.name}"
        for source, function in _functions()
        if {"update", "setattr"} <= _names_called(function)
        or any(_is_compared_and_set(node) for node in ast.walk(function))
    ]
    assert again == []
