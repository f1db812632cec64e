"""Clients of the fake upstream whose patience is short enough for a test."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from studio.upstream.client import Patience, VideoStudio
from tests.upstream.fixtures import video_studio  # noqa: F401
from tests.upstream.server import FakeStudio

# A connection on this machine can take most of a second while other tests are busy: only ``silence`` is short.
HURRIED = Patience(
    connect=5.0, silence=0.5, generate=1.5, read=3.0, retry_pauses=(0.01, 0.02), longest_wait=0.2
)

RESOLVE = socket.getaddrinfo


@pytest.fixture(autouse=True)
def _resolve_on_this_machine(_only_loopback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every spelling of an address is read as ever; a name is not found, and nobody is asked for it."""

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        flags = 0 if host == "localhost" else socket.AI_NUMERICHOST
        return RESOLVE(host, port, *args, **{**kwargs, "flags": flags})

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.fixture
def connect() -> Iterator[Callable[..., VideoStudio]]:
    """``connect(url, key)`` gives a hurried client; all are closed at the end."""
    opened: list[VideoStudio] = []

    def open_one(url: str, key: str) -> VideoStudio:
        opened.append(VideoStudio(url, key, patience=HURRIED))
        return opened[-1]

    yield open_one
    for client in opened:
        client.close()


@pytest.fixture
def client(video_studio: FakeStudio, connect: Callable[..., VideoStudio]) -> VideoStudio:  # noqa: F811
    return connect(video_studio.url, video_studio.key)
