"""A mail server that keeps what it is given, and can be told to refuse.

    with SmtpReceiver() as server:
        ...
        server.letters[0].message["Subject"]

``answer("RCPT", "550 5.1.1 No such person")`` is what the next command of that name meets; ``hang("DATA")`` leaves
the next one without an answer until the end, ``close_on`` cuts the connection there.
"""

import socketserver
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

CUT = "cut"
HANG = "hang"


@dataclass(frozen=True)
class Letter:
    """``sender`` and ``recipients`` are the envelope's."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The plain text, its lines ended as here, not as in mail."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


class SmtpReceiver:
    """The server, in threads of its own; what it holds may be read while it runs."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.commands: list[str] = []
        self.closing = threading.Event()
        self._answers: defaultdict[str, deque[str]] = defaultdict(deque)
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.receiver = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def mailers(self) -> dict[str, Any]:
        """As settings.MAILERS takes it."""
        options = {"host": "127.0.0.1", "port": self.port, "use_tls": False, "timeout": 2}
        backend = "django.core.mail.backends.smtp.EmailBackend"
        return {"default": {"BACKEND": backend, "OPTIONS": options}}

    def answer(self, command: str, *lines: str) -> None:
        """The next times that ``command`` comes, one after another. Afterwards all is well again."""
        self._answers[command].extend(lines)

    def hang(self, command: str) -> None:
        self.answer(command, HANG)

    def close_on(self, command: str) -> None:
        self.answer(command, CUT)

    def next_answer(self, command: str) -> str | None:
        waiting = self._answers[command]
        return waiting.popleft() if waiting else None

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


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    receiver: SmtpReceiver


class _Session(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs; ``server.receiver`` may answer in its place."""

    server: _Server

    def setup(self) -> None:
        super().setup()
        self.forget()

    def forget(self) -> None:
        self.sender, self.recipients = "", list[str]()

    def handle(self) -> None:
        self.say("220 mail.example.com")
        while line := self.rfile.readline().decode("ascii", "replace").strip():
            command = line.partition(" ")[0].upper()
            self.server.receiver.commands.append(line)
            if not self.reply(command, line):
                return

    def reply(self, command: str, line: str) -> bool:
        """False when the conversation is over."""
        match self.server.receiver.next_answer(command):
            case None:
                return self.obey(command, line)
            case "hang":
                self.server.receiver.closing.wait(30)
                return False
            case "cut":
                return False
            case other:
                self.say(other)
                return not other.startswith("421")

    def obey(self, command: str, line: str) -> bool:
        match command:
            case "EHLO" | "HELO":
                self.say("250-mail.example.com", "250 8BITMIME")
            case "MAIL":
                self.sender = _address(line)
                self.say("250 2.1.0 Ok")
            case "RCPT":
                self.recipients.append(_address(line))
                self.say("250 2.1.5 Ok")
            case "DATA":
                self.take()
            case "RSET":
                self.forget()
                self.say("250 2.0.0 Ok")
            case "QUIT":
                self.say("221 2.0.0 Bye")
            case _:
                self.say("500 5.5.2 What?")
        return command != "QUIT"

    def take(self) -> None:
        self.say("354 Go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        self.server.receiver.letters.append(Letter(self.sender, tuple(self.recipients), message))
        self.forget()
        self.say("250 2.0.0 Kept")

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


def _address(line: str) -> str:
    """Of ``MAIL FROM:<a@b> SIZE=…`` or ``RCPT TO:<a@b>``."""
    return line.partition("<")[2].partition(">")[0]
