"""Commands that documents show can be typed: targets of make, commands of manage.py, modules, and their options."""

import argparse
import re
import shlex
from collections.abc import Iterator
from functools import cache

import pytest
from django.core.management import get_commands, load_command_class

from tests.documents.reading import ROOT, Document, document, documents, sources

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, flags=re.MULTILINE))
MAKE = re.compile(r"(?:^|\s)make((?:\s+(?:[A-Z_]+=(?:\"[^\"]*\"|\S+)|[a-z-]+))+)")
MANAGE = re.compile(r"manage\.py ([a-z-]+)(.*)")
MODULE = re.compile(r"python -m (tests[\w.]*)(.*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")
OURS = {name for name, app in get_commands().items() if app.startswith(("studio", "dashboard"))}
OF_OTHERS = {"--interface", "--http"}  # granian's, for who runs it without `manage.py up`

every_document = pytest.mark.parametrize("page", documents(), ids=lambda page: page.name)


@every_document
def test_every_target_of_make_exists(page: Document) -> None:
    for code in page.code:
        for words in MAKE.findall(code):
            targets = {word for word in shlex.split(words) if "=" not in word}
            variables = {word.partition("=")[0] for word in shlex.split(words) if "=" in word}
            assert targets <= TARGETS, code
            assert all(re.search(rf"\b{variable}\b", MAKEFILE) for variable in variables), code


def test_every_target_of_make_is_explained() -> None:
    explained = {
        code for row in document("docs/development.md").rows() for code in re.findall("`(.*?)`", row[0])
    }
    assert {f"make {target}" for target in TARGETS - {"help", "python"}} - explained == set()


@every_document
def test_every_command_of_manage_py_takes_the_options_that_are_shown(page: Document) -> None:
    for code in page.code:
        for name, rest in MANAGE.findall(code.partition(" > ")[0]):
            assert name in get_commands(), code
            assert set(OPTION.findall(rest)) - options_of(name) == set(), code


def test_every_command_of_ours_is_explained() -> None:
    shown = {name for page in documents() for code in page.code for name, _ in MANAGE.findall(code)}
    assert shown >= OURS


def whole_commands() -> Iterator[str]:
    """Those in code blocks, which a reader copies as they are."""
    for page in documents():
        for code in set(page.code) - set(page.spans):
            yield from (f"{name} {rest}" for name, rest in MANAGE.findall(code.partition(" > ")[0]))


@pytest.mark.parametrize("command", sorted(set(whole_commands())))
def test_a_command_that_a_reader_copies_is_understood(command: str) -> None:
    name, *arguments = shlex.split(command)
    parser(name).parse_args(arguments)


@every_document
def test_every_module_that_is_run_takes_the_options_that_are_shown(page: Document) -> None:
    for code in page.code:
        for module, rest in MODULE.findall(code):
            path = ROOT / module.replace(".", "/")
            path = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
            assert path.exists(), code
            assert all(f'"{option}"' in path.read_text() for option in OPTION.findall(rest)), code


@every_document
def test_an_option_that_stands_alone_is_one_of_ours(page: Document) -> None:
    alone = {option for span in page.spans if span.startswith("--") for option in OPTION.findall(span)}
    known = {option for name in OURS for option in options_of(name)} | OF_OTHERS
    assert {option for option in alone - known if f'"{option}"' not in tools()} == set()


@cache
def tools() -> str:
    return "\n".join(path.read_text() for path in sources(".py") if path.is_relative_to(ROOT / "tests"))


@cache
def parser(name: str) -> argparse.ArgumentParser:
    return load_command_class(get_commands()[name], name).create_parser("manage.py", name)


@cache
def options_of(name: str) -> frozenset[str]:
    return frozenset(_options(parser(name)))


def _options(whole: argparse.ArgumentParser) -> Iterator[str]:
    for action in whole._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for part in action.choices.values():
                yield from _options(part)
