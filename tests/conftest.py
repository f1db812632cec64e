"""What every test may lean on."""

import shutil
import socket
from ipaddress import ip_address
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from studio.team.models import Member

PASSWORD = "quiet screening room"
LOCAL = (None, "", b"localhost", "localhost")


def pytest_unconfigure() -> None:
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails with the address it wanted; there are no names but localhost."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _must_be_loopback(address[0])
        connect(self, address)

    def guarded_resolve(
        host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        flags |= 0 if host in LOCAL else socket.AI_NUMERICHOST
        return resolve(host, port, family, type, proto, flags)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)


def _must_be_loopback(address: str) -> None:
    if address not in LOCAL and not ip_address(address.partition("%")[0]).is_loopback:
        raise PermissionError(f"Tests talk to this machine only, not to {address}.")


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
