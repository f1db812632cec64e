"""What ``manage.py check --deploy`` tells an admin."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.utils import timezone

from studio.catalog.connections import default_connection
from studio.catalog.models import Connection
from studio.team.models import Member
from studio.upkeep import checks
from studio.upkeep.checks import check_installation, file_system_of
from studio.worker.models import Heartbeat
from tests.factories import a_member
from tests.must import must
from tests.team.codes import with_app

pytestmark = pytest.mark.django_db


def told() -> dict[str, str]:
    """Message by id."""
    return {must(message.id): message.msg for message in check_installation(None)}


@pytest.fixture(autouse=True)
def healthy(settings, tmp_path: Path) -> None:
    settings.PUBLIC_URL, settings.HTTPS = "https://dailies.example.com", True
    settings.DATA_DIR = settings.BASE_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the test's own server is fast, not durable")
def test_a_healthy_installation_is_only_told_what_is_in_force():
    said = told()
    assert set(said) == {"dailies.I001"}
    assert "synchronous FULL" in said["dailies.I001"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks the server")
def test_a_server_that_may_forget_a_commit_is_named():
    said = [message.msg for message in check_installation(None) if message.id == "dailies.W009"]
    assert [line.split()[0] for line in said] == ["fsync", "full_page_writes"]
    assert told()["dailies.I001"].startswith("PostgreSQL ")


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("http://dailies.example.com", True),
        ("http://192.168.1.20:8000", True),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
        ("http://localhost", False),
    ],
)
def test_pages_in_the_clear_are_told_unless_they_stay_on_this_machine(settings, url: str, is_told: bool):
    settings.PUBLIC_URL, settings.HTTPS = url, False
    assert ("dailies.W001" in told()) is is_told


def test_a_disk_that_is_nearly_full_is_told(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1_500_000_000))
    assert told()["dailies.W002"].startswith("Only 1.5 GB are free in ")


def test_a_key_that_others_can_read_is_told(tmp_path: Path):
    (tmp_path / "secret_key").write_text("quiet")
    os.chmod(tmp_path / "secret_key", 0o644)
    assert told()["dailies.W004"] == f"Other users of this machine can read {tmp_path / 'secret_key'}."
    os.chmod(tmp_path / "secret_key", 0o600)
    assert "dailies.W004" not in told()


@pytest.mark.parametrize(
    ("url", "is_told"), [("https://dailies.example.com", True), ("https://localhost", False)]
)
def test_admins_whom_a_password_alone_protects_are_told_where_strangers_can_try(
    settings, url: str, is_told: bool
):
    admin = Member.objects.create_superuser("admin@example.com")
    Member.objects.create_superuser("gone@example.com", is_active=False)
    settings.PUBLIC_URL = url
    said = told().get("dailies.W012", "")
    assert said == ("1 admin has no second factor: the password alone gives full access." if is_told else "")
    with_app(admin)
    assert "dailies.W012" not in told()


def test_a_held_queue_is_told():
    Connection.objects.filter(pk=default_connection().pk).update(held_since=timezone.now())
    assert told()["dailies.W006"].startswith("Sending to Sandbox studio has been on hold since ")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="several are welcome there")
def test_several_workers_on_sqlite_are_told():
    Heartbeat.beat("one:1")
    assert "dailies.W008" not in told()
    Heartbeat.beat("two:2")
    assert told()["dailies.W008"].startswith("2 workers were active")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a server knows its own disks")
def test_a_database_on_a_network_file_system_is_told(monkeypatch):
    monkeypatch.setattr(checks, "file_system_of", lambda path: "nfs4")
    assert "network file system (nfs4)" in told()["dailies.W007"]


def test_a_file_system_is_that_of_the_nearest_mount():
    assert file_system_of(Path("/proc/self")) == "proc"
    assert file_system_of(Path("/")) not in ("", "proc")


def test_members_who_all_come_from_one_address_are_told_of_unless_proxies_are_counted(settings):
    for n, address in enumerate(["10.0.0.2", "10.0.0.2"]):
        came_from(f"{n}@example.com", address)
    assert "All members of the last 7 days came from 10.0.0.2" in told()["dailies.W013"]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert "dailies.W013" not in told()


def test_members_with_addresses_of_their_own_are_nothing_to_tell_of():
    came_from("one@example.com", "10.0.0.2")
    assert "dailies.W013" not in told()
    came_from("other@example.com", "10.0.0.3")
    assert "dailies.W013" not in told()


def came_from(email: str, address: str) -> None:
    UserSession.objects.create(user=a_member(email), ip=address, session_key=email)
