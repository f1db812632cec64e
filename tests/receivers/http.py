"""A web server that keeps each POST it is given, and answers as it is told: for webhooks.

with HttpReceiver() as server:
    server.answer(500)
    ...
    server.calls[0].json
"""

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Call:
    """One POST as it arrived. The names of ``headers`` are found in any case."""

    path: str
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    hangs: bool = False


class HttpReceiver:
    """The server, in threads of its own; what it holds may be read while it runs."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.closing = threading.Event()
        self._answers: deque[Answer] = deque()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.receiver = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def host(self) -> str:
        """As STUDIO_ALLOWED_HOSTS takes it."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/hook"

    def answer(
        self, status: int, headers: Mapping[str, str] | None = None, body: bytes = b"", times: int = 1
    ) -> None:
        """The next ``times`` calls, after those told before. Otherwise it is 200."""
        self._answers.extend([Answer(status, headers or {}, body)] * times)

    def hang(self) -> None:
        """The next call is taken and never answered."""
        self._answers.append(Answer(hangs=True))

    def next_answer(self) -> Answer:
        return self._answers.popleft() if self._answers else Answer()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    receiver: HttpReceiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.receiver.calls.append(Call(self.path, self.headers, body))
        answer = self.server.receiver.next_answer()
        if answer.hangs:
            self.server.receiver.closing.wait(30)
            return
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""
