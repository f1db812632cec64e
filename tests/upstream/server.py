"""A Video Studio API on a loopback socket, with an account in memory: for tests, and for trying Dailies out.

    python -m tests.upstream.server --port 0 --spelling words

prints its address and key as settings. In a test, ``with FakeStudio() as studio:`` and then ``studio.url``,
``studio.key``, ``studio.account`` (credits, jobs, clock), ``studio.calls("POST")``, ``studio.paid`` and
``studio.fault("accept-then-reset")``; the names of faults are in tests.upstream.faults.
"""

import argparse
import contextlib
import json
import re
import socket
import sys
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.upstream.account import Account, Clock, Pace, Refusal
from tests.upstream.faults import Fault, answer, named, reset
from tests.upstream.paged import Pager
from tests.upstream.spelling import SPELLINGS

KEY = "test-key-5f0c9d7e31"
CLIP = Path(__file__).with_name("clip.mp4")  # 2 s, 160×90, drawn for this purpose


@dataclass(frozen=True)
class Call:
    """One request as it arrived. ``auth`` is its Authorization header, "" without one."""

    method: str
    path: str  # without the query
    query: dict[str, list[str]]
    auth: str
    body: Any  # decoded JSON, None without
    at: float  # of time.monotonic()


class FakeStudio:
    """The server, in threads of its own. ``fault``, ``calls`` and the account may be used while it runs."""

    def __init__(
        self,
        *,
        spelling: str = "canonical",
        account: Account | None = None,
        key: str = KEY,
        media: Path = CLIP,
        port: int = 0,
        posts_per_hour: int | None = None,
    ) -> None:
        self.spelling, self.key, self.media = SPELLINGS[spelling], key, media
        self.account = account or Account()
        self.posts_per_hour = posts_per_hour
        self.media_from = 0.0  # of the account's clock: files answer 404 until then
        self.tells_balance = False  # in the history, too; as documented, only the answer to a POST does
        self.pager: Pager | None = None  # its models come in pages, in the canonical spelling
        self.models_body: bytes | None = None  # the answer to a request for the models, as it is
        self.log: list[Call] = []
        # POSTs that made a job and charged for it, faulty answers included, by prompt: an intent's own in tests
        self.paid: Counter[str] = Counter()
        self.closing = threading.Event()
        self.gate = threading.Event()  # opened, it lets the answers of "accept-then-wait" through
        self._faults: deque[tuple[str, Fault]] = deque()
        self._lock = threading.Lock()
        self._listen(port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def host(self) -> str:
        """As STUDIO_ALLOWED_HOSTS takes it."""
        return self.url.removeprefix("http://")

    @property
    def paid_posts(self) -> int:
        return self.paid.total()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.closing.set()
        self.gate.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """Nobody listens: connections are refused, and those that stood are reset."""
        port = self._http.server_address[1]
        self.close()
        try:
            yield
        finally:
            self.closing = threading.Event()
            self._listen(port)
            self._thread.start()

    def _listen(self, port: int) -> None:
        self._http = _Server(("127.0.0.1", port), _Handler)
        self._http.studio = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def fault(self, fault: str | Fault, times: int = 1, on: str = "POST /api/") -> None:
        """Let the next ``times`` requests whose "METHOD /path" starts with ``on`` meet this fault."""
        with self._lock:
            self._faults.extend([(on, named(fault) if isinstance(fault, str) else fault)] * times)

    def forget_faults(self) -> None:
        with self._lock:
            self._faults.clear()

    def forget_calls(self) -> None:
        """As if they had been long ago: the hour's limit counts anew."""
        self.log.clear()

    def calls(self, method: str = "", path: str = "") -> list[Call]:
        """What arrived so far, by method and by a part of the path."""
        return [call for call in list(self.log) if method in ("", call.method) and path in call.path]

    def take_fault(self, line: str, *, before_read: bool) -> Fault | None:
        """The first waiting fault that is meant for this "METHOD /path", taken off the queue."""
        with self._lock:
            for entry in self._faults:
                if line.startswith(entry[0]) and entry[1].before_read == before_read:
                    self._faults.remove(entry)
                    return entry[1]
        return None

    def count_paid(self, prompt: str) -> None:
        with self._lock:
            self.paid[prompt] += 1

    def check_rate(self) -> None:
        since = time.monotonic() - 3600
        posts = [call for call in self.calls("POST") if call.at > since]
        if self.posts_per_hour is not None and len(posts) > self.posts_per_hour:
            raise Refusal(429, "Rate limit exceeded")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    studio: FakeStudio

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the game; anything else is a bug here and should be seen."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_one_request(self) -> None:
        """A fault that comes before reading needs a look at bytes that stay unread: else there is no RST."""
        with contextlib.suppress(OSError):
            line = self.connection.recv(2048, socket.MSG_PEEK).partition(b"\r\n")[0].decode("latin-1")
            if line and (fault := self.server.studio.take_fault(line, before_read=True)):
                fault.act(self, b"", self.server.studio.closing)
                return
        if self.server.studio.closing.is_set():  # a connection kept alive ends with its server
            reset(self)
            return
        super().handle_one_request()

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def _respond(self) -> None:
        studio, call = self.server.studio, self._read_call()
        studio.log.append(call)
        fault = studio.take_fault(f"{call.method} {call.path}", before_read=False)
        if fault and not fault.accepts:
            fault.act(self, b"", studio.closing)
            return
        if call.path.startswith("/media/"):
            self._send_media(call, fault)
            return
        status, payload = self._result(call)
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        if fault:
            fault.act(self, body, studio.closing)
        else:
            answer(self, status, body)

    def _read_call(self) -> Call:
        parts = urlsplit(self.path)
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(text) if text else None
        auth = self.headers.get("Authorization", "")
        return Call(self.command, parts.path, parse_qs(parts.query), auth, body, time.monotonic())

    def _result(self, call: Call) -> tuple[int, Any]:
        try:
            if call.auth != f"Bearer {self.server.studio.key}":
                raise Refusal(401, "Invalid API key")
            for method, pattern, endpoint in ENDPOINTS:
                if method == call.method and (match := re.fullmatch(pattern, call.path)):
                    return 200, endpoint(self.server.studio, call, *match.groups())
            raise Refusal(404, "Not found")
        except Refusal as refusal:
            return refusal.status, refusal.body

    def _send_media(self, call: Call, fault: Fault | None) -> None:
        studio = self.server.studio
        body = studio.media.read_bytes()
        if fault:
            fault.act(self, body, studio.closing)
        elif studio.account.clock.now() < studio.media_from:
            answer(self, 404, b"{}")
        else:
            answer(self, 200, body, {"Content-Type": "video/mp4"})

    def date_time_string(self, timestamp: float | None = None) -> str:
        account = self.server.studio.account
        return account.date_header or format_datetime(account.now(), usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _models(studio: FakeStudio, call: Call) -> Any:
    if studio.models_body is not None:
        return studio.models_body
    if studio.pager:
        return studio.pager(studio.account.listed(), call.query, studio.url)
    return studio.spelling.models(studio.account.listed())


def _generate(studio: FakeStudio, call: Call) -> Any:
    studio.check_rate()
    job = studio.account.generate(call.body)
    studio.count_paid(call.body.get("prompt", ""))
    return {"success": True, "job_ids": [job.job_id], "credits_remaining_total": studio.account.credits}


def _status(studio: FakeStudio, call: Call, job_id: str) -> Any:
    studio.account.clock.read()
    return studio.spelling.status(studio.account.row(studio.account.find(job_id), f"{studio.url}/media"))


def _history(studio: FakeStudio, call: Call) -> Any:
    studio.account.clock.read()
    limit = min(int(call.query.get("limit", ["20"])[0]), 100)
    rows = [studio.account.row(job, f"{studio.url}/media") for job in studio.account.newest(limit)]
    told = studio.spelling.history(rows)
    return {**told, "credits_remaining_total": studio.account.credits} if studio.tells_balance else told


ENDPOINTS: list[tuple[str, str, Callable[..., Any]]] = [
    ("GET", "/api/v1/models/video/", _models),
    ("POST", "/api/v1/video-studio/generate/", _generate),
    ("GET", "/api/v1/video-studio/status/([^/]+)/", _status),
    ("GET", "/api/v1/video-studio/history/", _history),
]


def main() -> None:
    parser = argparse.ArgumentParser(description="A Video Studio API that makes nothing and charges nobody.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--spelling", choices=SPELLINGS, default="canonical")
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--credits", type=int, default=2000)
    parser.add_argument("--pace", type=float, default=2.0, help="seconds in each of pending and processing")
    parser.add_argument("--media", type=Path, default=CLIP, help="the clip that every job results in")
    told = parser.parse_args()
    clock = Clock(real=True)
    account = Account(credits=told.credits, pace=Pace(told.pace, told.pace), clock=clock)
    studio = FakeStudio(
        spelling=told.spelling, account=account, key=told.key, media=told.media, port=told.port
    )
    with studio, contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write(f"STUDIO_BASE_URL={studio.url}\nSTUDIO_API_KEY={studio.key}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
