"""What every test may lean on."""

import os
import re
import shutil
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as properties

from studio.team.models import Member
from tests import tables
from tests.examples import examples
from tests.gateway.fixtures import go_between, home, second_home  # noqa: F401 - one of each for all tests
from tests.worker.unreliable import Unreliable

NUMERIC = re.compile(r"[0-9a-fx.:%]*", re.IGNORECASE)  # every spelling of an address
PASSWORD = "quiet screening room"
# How fast this machine makes up examples is no property of ours, and it may have more to do.
properties.register_profile(
    "busy", deadline=None, max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow]
)
properties.load_profile("busy")


MEASURED = tuple(f"{folder}/" for folder in os.environ.get("MEASURED", "").split())  # see the Makefile


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones begin: at the end all processes have something short to do. A busy machine takes longer."""
    for item in items:
        if MEASURED and item.nodeid.startswith(MEASURED):
            item.add_marker(pytest.mark.measured)
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(400))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_unconfigure() -> None:
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_keepdb(
    request: pytest.FixtureRequest, django_db_modify_db_settings: None, django_db_createdb: bool
) -> bool:
    """pytest-django keeps the database that it finds: it finds one with all tables."""
    if django_db_createdb:
        return bool(request.config.getvalue("reuse_db"))
    database = settings.DATABASES["default"]
    name = str(database["TEST"]["NAME"] or f"test_{database['NAME']}")
    if database["ENGINE"].endswith("sqlite3"):
        tables.copy_to(Path(name))
    else:
        tables.create_database(os.environ["TEST_DATABASE_URL"].rpartition("/")[0], name)
    return True


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails with the address it wanted; no name but localhost resolves."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        near = (
            self.family == socket.AF_UNIX or address[0] == "localhost" or ip_address(address[0]).is_loopback
        )
        if not near:
            raise PermissionError(f"Tests talk to this machine only, not to {address[0]}.")
        connect(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host or ""
        if name != "localhost" and not NUMERIC.fullmatch(name):
            raise socket.gaierror(socket.EAI_NONAME, f"Tests resolve no names, such as {name}.")
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)


@pytest.fixture(autouse=True)
def _wakeups(monkeypatch: pytest.MonkeyPatch) -> None:
    """``WAKEUPS=unreliable``: every worker of the tests loses half of its wake-ups and takes the others twice."""
    if os.environ.get("WAKEUPS") == "unreliable":
        monkeypatch.setattr("studio.worker.running.InProcess", Unreliable)


@pytest.fixture
def admin(db: None) -> Member:
    return Member.objects.create_superuser("admin@example.com", PASSWORD, name="Admin")


@pytest.fixture
def member(db: None) -> Member:
    return Member.objects.create_user("member@example.com", PASSWORD, name="Member")


@pytest.fixture
def as_admin(admin: Member) -> Client:
    return _signed_in(admin)


@pytest.fixture
def as_member(member: Member) -> Client:
    return _signed_in(member)


def _signed_in(person: Member) -> Client:
    client = Client()
    client.force_login(person)
    return client
