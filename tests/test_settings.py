"""The environment: what is read from it, and what is told about it."""

import ast
import re
from inspect import isfunction
from pathlib import Path

import pytest

from studio import env
from studio.env import WrongEnvironment

ROOT = Path(__file__).resolve().parents[1]
READERS = {
    name for name, thing in vars(env).items() if isfunction(thing) and thing.__module__ == env.__name__
}


def names_read_in(path: Path) -> set[str]:
    """The first argument of each call of a reader of studio.env."""
    calls = [
        node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call) and node.args
    ]
    return {call.args[0].value for call in calls if _is_reader(call.func)}


def _is_reader(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute) or called.attr == "read_dotenv":
        return False
    return isinstance(called.value, ast.Name) and called.value.id == "env" and called.attr in READERS


DOCUMENTED = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
READ = names_read_in(ROOT / "studio/settings.py")


@pytest.mark.parametrize("name", sorted(READ))
def test_every_setting_is_explained_in_the_example(name: str) -> None:
    assert name in DOCUMENTED


def test_the_example_explains_nothing_that_is_not_read() -> None:
    assert set() == DOCUMENTED - READ
    assert "DATA_DIR" in READ


def test_a_setting_left_empty_counts_as_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", " ")
    monkeypatch.setenv("HOST", "")
    assert env.integer("PORT", 8000, least=1, most=65535) == 8000
    assert env.text("HOST", "127.0.0.1") == "127.0.0.1"


def test_a_secret_is_read_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("quiet\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    assert env.text("SECRET_KEY") == "quiet"
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(WrongEnvironment, match=r"SECRET_KEY_FILE names .*none, which cannot be read"):
        env.text("SECRET_KEY")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("api.example.com", "must be an address such as https://api.example.com"),
        ("ftp://api.example.com", "must be an address such as https://api.example.com"),
        ("http://[half", "is not an address"),
        ("https://key@api.example.com", "must not hold a user, password, query or fragment"),
        ("https://api.example.com/?a=b", "must not hold a user, password, query or fragment"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str, sentence: str
) -> None:
    monkeypatch.setenv("STUDIO_BASE_URL", value)
    with pytest.raises(WrongEnvironment, match=re.escape(sentence)):
        env.http_url("STUDIO_BASE_URL")


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOST", "from the environment")
    monkeypatch.setenv("NEW_NAME", "")
    monkeypatch.delenv("NEW_NAME")
    (tmp_path / ".env").write_text("# a comment\n\nHOST=from the file\nNEW_NAME='quoted'\n")
    env.read_dotenv(tmp_path / ".env")
    assert (env.text("HOST"), env.text("NEW_NAME")) == ("from the environment", "quoted")


def test_a_line_of_the_file_that_says_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HOST=here\nnonsense\n")
    with pytest.raises(WrongEnvironment, match=r"Line 2 of \.env is not of the form NAME=value\."):
        env.read_dotenv(tmp_path / ".env")
