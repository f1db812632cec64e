"""What granian serves in these tests: the front, with short limits, before a WSGI application that repeats requests."""

import errno
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from studio.front import Front, application, bodies
from tests.front.limits import LARGE, MOST_WAITING, SIGNED_IN, THREADS

bodies.GRACE = 1.5
application.STUCK_AFTER = 1.0
application.MOST_WAITING = MOST_WAITING

FOLDER = Path(os.environ["ECHO_FOLDER"])
LONG = FOLDER / "long.bin"
if not LONG.exists():
    made = tempfile.NamedTemporaryFile(dir=FOLDER, delete=False)  # noqa: SIM115 two processes may make it
    made.write(bytes(range(256)) * (LARGE // 256))
    made.close()
    os.replace(made.name, LONG)


class Lines:
    """An answer that is made bit by bit, and has to be closed."""

    def __iter__(self) -> Iterator[bytes]:
        return (b"x" * 65536 for _ in range(LARGE // 65536))

    def close(self) -> None:
        (FOLDER / "closed").touch()


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    path = environ["PATH_INFO"]
    length = str(LARGE)
    match path:
        case "/file":
            start_response("200 OK", [("Content-Length", length), ("Content-Type", "video/mp4")])
            return environ["wsgi.file_wrapper"](LONG.open("rb"))
        case "/part":
            start_response("206 Partial Content", [("Content-Length", "10")])
            file = LONG.open("rb")
            file.seek(250)
            return environ["wsgi.file_wrapper"](file)
        case "/lines":
            start_response("200 OK", [("Content-Type", "text/csv")])
            return Lines()
        case "/sleep":
            (FOLDER / "asleep").touch()
            time.sleep(float(environ["QUERY_STRING"]))
        case "/fault":
            raise RuntimeError("a fault of the application")
        case "/full":
            raise OSError(errno.ENOSPC, "No space left on device")
        case "/nothing":
            start_response("304 Not Modified", [("ETag", '"a"')])
            return []
    (FOLDER / "called").open("a").write(f"{environ['REQUEST_METHOD']} {path}\n")
    found = {name: value for name, value in environ.items() if isinstance(value, str)}
    answer = json.dumps({**found, "body": body.decode("latin-1")}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]


def limit(environ: dict[str, Any]) -> int:
    return SIGNED_IN if environ.get("HTTP_COOKIE") == "signed-in" else 0


def quick(environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes] | None:
    return (204, [("Cache-Control", "no-store")], b"") if environ["PATH_INFO"] == "/quick" else None


served = Front(wsgi, threads=THREADS, folder=FOLDER, quick=quick, limit=limit)
