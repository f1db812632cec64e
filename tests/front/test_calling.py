"""One call of an application: what its answer becomes."""

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from studio.front.calling import IN_MEMORY, Calls
from studio.front.refusals import Refused
from studio.front.replies import Segment

HEADERS = [("Content-Type", "video/mp4")]


def calls(folder: Path, answer: Callable[[dict[str, Any]], Iterable[bytes]], long: int = 1) -> Calls:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", HEADERS)
        return answer(environ)

    return Calls(application, folder, long)


class Elsewhere(BytesIO):
    """A file in a bucket: it has a name, and no file descriptor."""

    name = "/clips/film.mp4"


def test_a_file_that_is_not_on_this_machine_is_read_and_closed(tmp_path: Path) -> None:
    file = Elsewhere(b"a film")
    reply = calls(tmp_path, lambda environ: environ["wsgi.file_wrapper"](file)).call({})
    assert (reply.status, reply.headers, reply.body) == (200, HEADERS, b"a film")
    assert file.closed


def test_a_long_answer_is_a_file_without_a_name(tmp_path: Path) -> None:
    reply = calls(tmp_path, lambda _: (b"x" * 65536 for _ in range(64))).call({})
    assert isinstance(reply.body, Segment)
    assert (reply.body.start, reply.body.stop) == (0, 64 * 65536)
    assert ("Content-Length", str(64 * 65536)) in reply.headers
    assert list(tmp_path.iterdir()) == []
    assert reply.body.opened
    with reply.body.opened, open(reply.body.path, "rb") as read_again:
        assert read_again.read() == b"x" * (64 * 65536)


def test_more_long_answers_than_may_be_written_are_asked_to_come_again(tmp_path: Path) -> None:
    within: list[int] = []

    def long(_: object) -> Iterator[bytes]:
        yield b"x" * (IN_MEMORY + 1)
        if not within:
            within.append(1)
            with pytest.raises(Refused) as refused:
                served.call({})
            assert (refused.value.status, refused.value.retry_after) == (503, 10)
        yield b"y"

    served = calls(tmp_path, long)
    for _ in range(2):
        body = served.call({}).body
        assert isinstance(body, Segment)
        assert body.stop == IN_MEMORY + 2
        assert body.opened
        body.opened.close()


def test_an_answer_that_fails_halfway_gives_its_place_back_and_is_closed(tmp_path: Path) -> None:
    class Broken:
        closed = 0

        def __iter__(self) -> Iterator[bytes]:
            yield b"x" * (IN_MEMORY + 1)
            raise OSError("the disk is full")

        def close(self) -> None:
            self.closed += 1

    broken = Broken()
    served = calls(tmp_path, lambda _: broken)
    for _ in range(2):
        with pytest.raises(OSError, match="the disk is full"):
            served.call({})
    assert broken.closed == 2
