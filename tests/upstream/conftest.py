"""Clients of the fake upstream whose patience is short enough for a test."""

from collections.abc import Callable, Iterator

import pytest

from studio.upstream.client import Patience, VideoStudio
from tests.upstream.fixtures import video_studio  # noqa: F401
from tests.upstream.server import FakeStudio

HURRIED = Patience(
    connect=0.5, silence=0.3, generate=0.6, read=1.5, retry_pauses=(0.01, 0.02), longest_wait=0.2
)


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
