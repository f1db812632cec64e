"""Addresses at which nothing can be sent, each in a way of its own. They are real sockets of this machine."""

import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from tests.upstream.certificates import certify

Door = Callable[[], AbstractContextManager[str]]  # gives the base URL


@contextmanager
def refusing() -> Iterator[str]:
    """A port that nobody listens at. Kept bound meanwhile, so that nobody else begins to."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def nameless() -> Iterator[str]:
    """A name that no resolver knows: RFC 6761 keeps ``.invalid`` for that."""
    yield "http://video-studio.invalid"


@contextmanager
def crowded() -> Iterator[str]:
    """A listener that accepts nobody and whose queue is full: a connection is neither made nor refused."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [_knock(listener.getsockname()) for _ in range(4)]
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for knocking in waiting:
            knocking.close()


def _knock(address: tuple[str, int]) -> socket.socket:
    knocking = socket.socket()
    knocking.setblocking(False)
    with suppress(BlockingIOError):
        knocking.connect(address)
    return knocking


@contextmanager
def untrusted() -> Iterator[str]:
    """An https server whose certificate nobody vouches for."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        certificate = Path(folder) / "certificate.pem"
        certify(certificate, "localhost")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        thread = threading.Thread(target=_shake_hands, args=(listener, context), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)  # ends the accept
        thread.join(5)


def _shake_hands(listener: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):  # until the listener is shut
        while True:
            visitor, _ = listener.accept()
            with visitor, suppress(OSError):
                context.wrap_socket(visitor, server_side=True).close()


DOORS: dict[str, Door] = {
    "refused": refusing,
    "no such name": nameless,
    "untrusted": untrusted,
    "no room": crowded,
}
