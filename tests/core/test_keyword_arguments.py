"""A parameter with an underscore in front would be a private name in a public signature."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_keyword_argument_begins_with_an_underscore() -> None:
    named = [
        f"{source.relative_to(ROOT)}:{node.name}({argument.arg})"
        for package in ("studio", "dashboard")
        for source in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for argument in node.args.kwonlyargs
        if argument.arg.startswith("_")
    ]
    assert named == []
