"""Every variable of the environment that code reads is explained, with its default, and no other."""

import ast
import re
from collections.abc import Iterator
from inspect import isfunction
from pathlib import Path

import pytest

from studio import env, servers
from tests.documents.reading import ROOT, document, documents, names_in_first_column, sources
from tests.documents.test_links import words

READERS = {
    f"{name}.{reader}"
    for name, room in {"env": env, "servers": servers}.items()
    for reader, thing in vars(room).items()
    if isfunction(thing) and thing.__module__ == room.__name__ and reader != "read_dotenv"
}
ENVIRONMENT = ("os.environ.get", "os.environ.setdefault", "os.getenv")
# Of the system, for the processes that are started.
OF_THE_SYSTEM = {"PATH", "SYSTEMROOT", "PYTHONUNBUFFERED"}
OF_LIBRARIES = {"SSL_CERT_FILE", "SSL_CERT_DIR"}  # read by Python's ssl: see studio.upstream.wire
OF_MAKE = {"PYTHON", "PYENV_ROOT", "TESTS", "PYTEST", "KILLS", "OUTAGE", "GATES", "MEASURED"}
IN_PAGES = {"DAILIES_TOKEN"}  # where snippets take a token from
NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
EXAMPLE = (ROOT / ".env.example").read_text()


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text())
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)


def constant(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


SETTINGS = {
    str(constant(call.args[0])): call
    for call in calls(ROOT / "studio/settings.py")
    if ast.unparse(call.func) in READERS
}


def read_in(path: Path) -> Iterator[str]:
    """What a file reads from the environment without the readers of studio.env."""
    text = path.read_text()
    if "environ" not in text and "getenv" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in ENVIRONMENT:
            yield str(constant(node.args[0]) or "")
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            yield str(constant(node.slice) or "")


def read_below(*tops: str) -> set[str]:
    paths = [path for path in sources(".py") if path.relative_to(ROOT).parts[0] in tops]
    return {name for path in paths for name in read_in(path) if NAME.fullmatch(name)} - OF_THE_SYSTEM


BY_PRODUCT = {*SETTINGS, *read_below("studio", "dashboard", "manage.py")}
BY_TESTS = read_below("tests") - BY_PRODUCT
EXPLAINED = names_in_first_column("docs/configuration.md")
FOR_DEVELOPERS = names_in_first_column("docs/development.md")


def test_every_setting_is_explained_in_the_example() -> None:
    assert set(SETTINGS) - set(re.findall(r"^# ([A-Z_]+)=", EXAMPLE, flags=re.MULTILINE)) == set()


def test_the_example_explains_nothing_that_is_not_read() -> None:
    assert set(re.findall(r"^# ([A-Z_]+)=", EXAMPLE, flags=re.MULTILINE)) - set(SETTINGS) == set()


def test_every_variable_that_the_product_reads_is_explained() -> None:
    assert "DATA_DIR" in BY_PRODUCT
    assert set() == BY_PRODUCT - EXPLAINED - FOR_DEVELOPERS
    assert set(SETTINGS) - EXPLAINED == set()


def test_the_configuration_explains_nothing_that_is_not_read() -> None:
    assert set() == EXPLAINED - BY_PRODUCT - OF_LIBRARIES


def test_every_variable_that_developers_may_set_is_explained() -> None:
    assert "CHROMIUM" in BY_TESTS
    assert BY_TESTS | OF_MAKE - FOR_DEVELOPERS == BY_TESTS
    assert set() == BY_TESTS - FOR_DEVELOPERS


def test_no_variable_for_developers_is_explained_that_nothing_reads() -> None:
    assert set() == FOR_DEVELOPERS - BY_TESTS - BY_PRODUCT - OF_MAKE - IN_PAGES
    makefile = (ROOT / "Makefile").read_text()
    assert {
        name for name in OF_MAKE if not re.search(rf"\$\([^)]*\b{name}\b|\b{name} *[?:]?=", makefile)
    } == set()


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_the_default_that_is_explained_is_the_one_of_the_code(name: str) -> None:
    default = constant(SETTINGS[name].args[1]) if len(SETTINGS[name].args) > 1 else None
    if default is not None:
        said = int(default) if isinstance(default, bool) else default
        row = next(row for row in document("docs/configuration.md").rows() if f"`{name}`" in row[0])
        assert f"`{said}`" in row[1]


def test_every_name_in_capitals_is_a_variable_or_a_constant() -> None:
    known = BY_PRODUCT | BY_TESTS | EXPLAINED | FOR_DEVELOPERS | words()
    for page in documents():
        for code in page.code:
            for name in re.findall(r"(?<![\w.-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?=\b)", code):
                assert name in known or name.removesuffix("_FILE") in known or name.startswith("YOUR_"), (
                    page.name,
                    name,
                )
