"""What ``manage.py up`` puts in place before anything runs."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.db import connection
from django.db.utils import ConnectionHandler
from django.test import Client

from studio import databases
from studio.team.models import Member
from studio.worker.supervision import preparation
from studio.worker.supervision.preparation import (
    DatabaseAway,
    collect_static,
    make_first_admin,
    wait_for_database,
)
from tests.installation import ROOT, free_port
from tests.worker.processes import started

MANAGE = str(ROOT / "manage.py")


@pytest.fixture
def sources(settings, tmp_path: Path) -> Iterator[Path]:
    """A folder of static files of its own; its copies go to STATIC_ROOT beside it."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "page.css").write_text("body { margin: 0 }")
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "collected"
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    get_finder.cache_clear()  # type: ignore[attr-defined]  # its types hide the cache
    yield folder
    get_finder.cache_clear()  # type: ignore[attr-defined]  # its types hide the cache


def collected(settings) -> Path:
    return settings.STATIC_ROOT / "page.css"


def test_static_files_are_collected_once_and_again_when_one_changes(sources, settings):
    collect_static()
    collected(settings).write_text("untouched")
    collect_static()
    assert collected(settings).read_text() == "untouched"
    (sources / "page.css").write_text("body { margin: 1rem }")
    collect_static()
    assert collected(settings).read_text() == "body { margin: 1rem }"


def test_a_touched_file_counts_as_changed_and_a_vanished_one_goes(sources, settings):
    (sources / "old.css").write_text("")
    collect_static()
    collected(settings).write_text("stale")
    os.utime(sources / "page.css", (1, 1))
    (sources / "old.css").unlink()
    collect_static()
    assert collected(settings).read_text() == "body { margin: 0 }"
    assert not (settings.STATIC_ROOT / "old.css").exists()


def test_the_password_of_the_environment_makes_a_first_admin_who_can_sign_in(client: Client, db, settings):
    settings.FIRST_ADMIN_EMAIL = "first@example.com"
    settings.FIRST_ADMIN_PASSWORD = "quiet screening room"
    make_first_admin()
    client.post("/accounts/login/", {"login": "first@example.com", "password": "quiet screening room"})
    assert client.get("/people/").status_code == 200


def test_later_starts_make_nobody(db, settings, member):
    settings.FIRST_ADMIN_EMAIL = "first@example.com"
    make_first_admin()
    assert Member.objects.get() == member


@pytest.mark.slow
def test_of_all_that_start_at_the_same_time_on_an_empty_database_one_prepares_and_the_others_wait(
    empty_database: dict[str, str], tmp_path: Path
):
    """Two hosts that run `up`, and a person who types `migrate` on a third."""
    prepare = ["shell", "--command", "from studio.worker.supervision.preparation import prepare; prepare()"]
    with ExitStack() as stack:
        hosts = []
        for name, words in {"a": prepare, "b": prepare, "c": ["migrate"]}.items():
            folder = tmp_path / name
            folder.mkdir()
            environment = {"DATA_DIR": str(folder), **empty_database}
            hosts.append(stack.enter_context(started([MANAGE, *words], folder, **environment)))
        ends = [host.process.wait(100) for host in hosts]
        assert ends == [0, 0, 0], "\n".join(host.err for host in hosts)
        assert any("Waiting: another process is preparing the database." in host.err for host in hosts)


@pytest.fixture
def empty_database(tmp_path: Path, transactional_db) -> Iterator[dict[str, str]]:
    """The environment of hosts that share a database without tables; over SQLite they share its folder."""
    if connection.vendor == "sqlite":
        yield {"DATA_DIR": str(tmp_path)}
        return
    told, name = connection.settings_dict, f"empty_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    where = f"{quote(told['USER'])}@{told['HOST']}:{told['PORT']}"
    yield {"DATABASE_URL": f"postgres://{where}/{name}"}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_server_that_does_not_answer_is_named_and_waited_for_no_longer_than_told(db, monkeypatch, capsys):
    port = free_port()
    told = {"host": "127.0.0.1", "port": str(port), "user": "dailies", "dbname": "dailies"}
    away = ConnectionHandler({"default": databases.postgresql(told)})["default"]
    monkeypatch.setattr(preparation, "connection", away)
    with pytest.raises(DatabaseAway, match=rf"did not answer within 0 s\. .*port {port} failed"):
        wait_for_database(0.2)
    assert capsys.readouterr().err.startswith("Waiting for the database server: connection failed")
