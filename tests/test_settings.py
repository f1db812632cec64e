"""The environment: how settings are read from it. That each is explained: see tests.documents.test_variables."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from studio import databases, env, servers
from studio.env import WrongEnvironment
from studio.team.models import Member, SignInLink

ROOT = Path(__file__).resolve().parents[1]


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
    with pytest.raises(WrongEnvironment, match=r"SECRET_KEY_FILE is .*none, which cannot be read"):
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
    with pytest.raises(WrongEnvironment, match=r"Line 2 of \.env must have the form NAME=value\."):
        env.read_dotenv(tmp_path / ".env")


@pytest.mark.parametrize("word", ["::g", "http://here", "not a host", "300.1.1.1", "a..b", "-a"])
def test_a_host_that_is_none_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("HOST", word)
    with pytest.raises(WrongEnvironment, match="HOST must be a host name or an IP address"):
        env.host("HOST", "127.0.0.1")


@pytest.mark.parametrize(
    ("word", "host"), [("[::1]", "::1"), ("0.0.0.0", "0.0.0.0"), ("a-b.local", "a-b.local")]
)
def test_a_host_is_taken_with_or_without_brackets(
    monkeypatch: pytest.MonkeyPatch, word: str, host: str
) -> None:
    monkeypatch.setenv("HOST", word)
    assert env.host("HOST", "127.0.0.1") == host


def test_lists_of_hosts_hold_hosts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTS", "a.example, .b.example, [::1], *")
    assert env.served_hosts("HOSTS") == ["a.example", ".b.example", "[::1]", "*"]
    monkeypatch.setenv("HOSTS", "a.example:8000")
    with pytest.raises(WrongEnvironment, match="without scheme and port"):
        env.served_hosts("HOSTS")
    monkeypatch.setenv("HOSTS", "a.example:8000, ::1, [::1]:80, 10.0.0.1")
    assert env.hosts_with_ports("HOSTS") == ["a.example:8000", "::1", "[::1]:80", "10.0.0.1"]
    for word in ("http://a.example", "10.0.0.0/8", "a:b:c", "a.example/path"):
        monkeypatch.setenv("HOSTS", word)
        with pytest.raises(WrongEnvironment, match="as host or host:port"):
            env.hosts_with_ports("HOSTS")


def test_a_machine_that_serves_every_address_is_asked_by_its_own_names(tmp_path: Path) -> None:
    show = "import json; from studio import settings; print(json.dumps(settings.ALLOWED_HOSTS))"
    for host, knows in (("0.0.0.0", True), ("::", True), ("127.0.0.1", False)):
        environment = {**os.environ, "DATA_DIR": str(tmp_path), "HOST": host}
        told = subprocess.run(
            [sys.executable, "-c", show],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        allowed = json.loads(told.stdout)
        assert (socket.gethostname() in allowed) is knows
        assert "[::1]" in allowed
        assert "::" not in allowed


def test_installations_side_by_side_share_no_cookie(client: Client, db: None, member: Member) -> None:
    member.set_unusable_password()
    member.save()
    link = SignInLink.objects.issue(member=member)
    assert "Set a password" in client.get(link.get_absolute_url(), follow=True).content.decode()
    assert {name.rpartition("_")[2] for name in client.cookies} == {str(settings.PORT)}


def test_the_public_address_ends_after_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://dailies.example.com/")
    assert env.origin("PUBLIC_URL") == "https://dailies.example.com"
    monkeypatch.setenv("PUBLIC_URL", "https://example.com/dailies")
    with pytest.raises(WrongEnvironment, match="must end after the host"):
        env.origin("PUBLIC_URL")


def test_a_key_that_no_header_can_carry_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("one two", "key\x01", "kéy"):
        monkeypatch.setenv("STUDIO_API_KEY", key)
        with pytest.raises(WrongEnvironment, match="contains a space") as refused:
            env.secret("STUDIO_API_KEY")
        assert key not in str(refused.value)


def test_a_secret_is_made_once_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    assert env.kept_secret("DATA_DIR", path, lambda: "first") == "first"
    assert env.kept_secret("DATA_DIR", path, lambda: "second") == "first"
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]
    for spoilt in (b"", b"\xff\xff"):
        path.write_bytes(spoilt)
        with pytest.raises(WrongEnvironment, match=r"DATA_DIR has .*file secret_key"):
            env.kept_secret("DATA_DIR", path, lambda: "third")


def test_what_stands_in_the_place_of_the_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "dailies.sqlite3"
    assert env.sqlite_file("DATA_DIR", path) == path
    path.write_text("a letter to my aunt")
    with pytest.raises(WrongEnvironment, match=r"has a file dailies\.sqlite3 that is not a database"):
        env.sqlite_file("DATA_DIR", path)
    assert path.read_text() == "a letter to my aunt"
    path.unlink()
    path.mkdir()
    with pytest.raises(WrongEnvironment, match="cannot be used: Is a directory"):
        env.sqlite_file("DATA_DIR", path)


def test_a_file_of_settings_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    with pytest.raises(WrongEnvironment, match=r"^\.env cannot be read as text\.$"):
        env.read_dotenv(tmp_path / ".env")


# ── The database ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "postgres://dailies:p%40ss@db.example.com:6432/dailies?sslmode=require",
            {
                "host": "db.example.com",
                "port": "6432",
                "user": "dailies",
                "password": "p@ss",
                "dbname": "dailies",
                "sslmode": "require",
            },
        ),
        ("postgresql://[::1]/dailies", {"host": "::1", "dbname": "dailies"}),
        ("postgres:///dailies?host=/run/PostgreSQL", {"host": "/run/PostgreSQL", "dbname": "dailies"}),
        (
            "postgres://me@%2Frun%2FPostgreSQL/dailies",
            {"host": "/run/PostgreSQL", "user": "me", "dbname": "dailies"},
        ),
        (
            "postgres://me@:6432/dailies?host=/run",
            {"host": "/run", "port": "6432", "user": "me", "dbname": "dailies"},
        ),
        ("", {}),
    ],
)
def test_a_postgresql_server_is_named_by_its_address(
    monkeypatch: pytest.MonkeyPatch, url: str, told: dict[str, str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert servers.postgresql("DATABASE_URL") == told


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "mysql://me:hush@db/dailies",
            "must be an address such as postgres://user:password@host:5432/dailies",
        ),
        ("db.example.com/dailies?hush", "must be an address such as"),
        ("postgres://me:hush@db:port/dailies", "is not an address"),
        ("postgres://me:hush@db", "must end with the name of a database"),
        ("postgres://me:hush@db/dailies/more", "must end with the name of a database"),
        ("postgres:///hush", "has no host"),
        ("postgres://me:hush@a,b/dailies", "must have a host name"),
        (
            "postgres://me:hush@db/dailies?sslmode=yes",
            "must have one of these values of sslmode: disable, allow",
        ),
        ("postgres://me:hush@db/dailies?pool=5", "has an unknown option 'pool'"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_and_its_password_not_repeated(
    monkeypatch: pytest.MonkeyPatch, url: str, sentence: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(WrongEnvironment, match=re.escape(sentence)) as refused:
        servers.postgresql("DATABASE_URL")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "DELETE"),
        ((3, 44, 5), "DELETE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 9), "DELETE"),
        ((3, 50, 6), "DELETE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "DELETE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_sqlite_writes_ahead_only_where_that_cannot_corrupt_it(
    version: tuple[int, int, int], mode: str
) -> None:
    assert databases.journal_mode(version) == mode


def test_nothing_loads_the_driver_of_postgresql_for_a_sqlite_file(tmp_path: Path) -> None:
    show = "import django, sys; django.setup(); print('psycopg' in sys.modules)"
    for url, loaded in (("", "False"), ("postgres://me@localhost/dailies", "True")):
        told = subprocess.run(
            [sys.executable, "-c", show],
            cwd=ROOT,
            env={
                **os.environ,
                "DATA_DIR": str(tmp_path),
                "DATABASE_URL": url,
                "DJANGO_SETTINGS_MODULE": "studio.settings",
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout.strip() == loaded


# ── Browsers ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("word", "origins"),
    [
        ("", []),
        ("*", ["*"]),
        (
            "https://App.example.com/, http://localhost:5173",
            ["https://app.example.com", "http://localhost:5173"],
        ),
        ("https://app.example.com:443,http://[::1]:80", ["https://app.example.com", "http://[::1]"]),
    ],
)
def test_origins_are_read_as_browsers_spell_them(
    monkeypatch: pytest.MonkeyPatch, word: str, origins: list[str]
) -> None:
    monkeypatch.setenv("API_CORS_ORIGINS", word)
    assert env.origins("API_CORS_ORIGINS") == origins


@pytest.mark.parametrize(
    "word",
    ["app.example.com", "null", "https://*.example.com", "https://a.example/app", "*, https://a.example"],
)
def test_what_is_no_origin_is_refused(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("API_CORS_ORIGINS", word)
    with pytest.raises(WrongEnvironment, match="API_CORS_ORIGINS must"):
        env.origins("API_CORS_ORIGINS")


# ── The clips ────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("s3://clips", {"bucket": "clips"}),
        (
            "s3://clips.example/team/a/?endpoint_url=https://s3.example.com:9000&region=eu-central-1",
            {
                "bucket": "clips.example",
                "prefix": "team/a",
                "endpoint_url": "https://s3.example.com:9000",
                "region": "eu-central-1",
            },
        ),
        ("", {}),
    ],
)
def test_a_bucket_is_named_by_its_address(
    monkeypatch: pytest.MonkeyPatch, word: str, told: dict[str, str]
) -> None:
    monkeypatch.setenv("MEDIA_STORAGE", word)
    assert servers.bucket("MEDIA_STORAGE") == told


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("/srv/clips", "must be an address such as s3://bucket/prefix"),
        ("s3://", "must be an address such as"),
        ("s3://key:hush@clips", "must be an address such as"),
        ("s3://clips?acl=public", "has an unknown option 'acl'"),
        ("s3://clips?endpoint_url=minio:9000", "has an endpoint_url that is not a URL"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_refused(
    monkeypatch: pytest.MonkeyPatch, word: str, sentence: str
) -> None:
    monkeypatch.setenv("MEDIA_STORAGE", word)
    with pytest.raises(WrongEnvironment, match=re.escape(sentence)):
        servers.bucket("MEDIA_STORAGE")


def test_an_installation_keeps_its_clips_in_the_bucket_that_is_named(tmp_path: Path) -> None:
    show = "import json; from studio import settings; print(json.dumps(settings.STORAGES['default']))"
    named = {"MEDIA_STORAGE": "s3://clips/team", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "quiet"}
    told = subprocess.run(
        [sys.executable, "-c", show],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(tmp_path), **named},
        capture_output=True,
        text=True,
        check=True,
    )
    options = json.loads(told.stdout)["OPTIONS"]
    assert (options["bucket_name"], options["location"], options["secret_key"]) == ("clips", "team", "quiet")
