"""Faults on a real socket, by name: those in ``FAULTS``, any status: "500", "429:120", "302:/elsewhere/", and the page
of a proxy with any status: "page:403". ``says`` is an answer in other words.

A fault that ``accepts`` makes and charges the job before it goes wrong: its outcome is unknown to the client.
"""

import contextlib
import gzip
import json
import socket
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

DRIP = 0.02  # seconds between two dripped bytes


@dataclass(frozen=True)
class Fault:
    act: Callable[[BaseHTTPRequestHandler, bytes, Event], None]  # handler, honest body, "the server closes"
    accepts: bool = True
    before_read: bool = False


def reset(handler: BaseHTTPRequestHandler, *_: Any) -> None:
    """Close with RST instead of FIN."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.rfile.close()
    handler.connection.close()
    handler.close_connection = True


def _half_close(handler: BaseHTTPRequestHandler, *_: Any) -> None:
    """Says that it will send no more (FIN), and has sent nothing; what comes from there is still read."""
    handler.connection.shutdown(socket.SHUT_WR)
    handler.rfile.read(1)
    handler.close_connection = True


def _wait(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
    """The honest answer, once the test opens the gate."""
    handler.server.studio.gate.wait(30)  # type: ignore[attr-defined]  # of tests.upstream.server
    answer(handler, 200, body)


def _hang(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
    closing.wait(30)
    reset(handler)


def _drip(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
    """Blanks before the body, one at a time and without end: valid JSON that never starts."""
    _head(handler, 200, {"Content-Type": "application/json", "Content-Length": "1000000"})
    _one_by_one(handler, closing, b" ")


def _drip_headers(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _one_by_one(handler, closing, b"a")


def _one_by_one(handler: BaseHTTPRequestHandler, closing: Event, byte: bytes) -> None:
    handler.close_connection = True
    while not closing.wait(DRIP):
        try:
            handler.wfile.write(byte)
        except OSError:
            return


def _half(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
    _head(handler, 200, {"Content-Type": "application/json", "Content-Length": str(len(body))})
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def _half_then_hang(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
    _head(handler, 200, {"Content-Type": "video/mp4", "Content-Length": str(len(body))})
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.close_connection = True
    closing.wait(30)


def _coded(
    coding: str, pack: Callable[[bytes], bytes] = bytes
) -> Callable[[BaseHTTPRequestHandler, bytes, Event], None]:
    """The honest body as ``pack`` changes it, with a Content-Encoding."""

    def act(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
        answer(handler, 200, pack(body), {"Content-Type": "video/mp4", "Content-Encoding": coding})

    return act


def _part(share: float, total: str = "") -> Callable[[BaseHTTPRequestHandler, bytes, Event], None]:
    """206 with the first ``share`` of the body, though no part was asked for; ``total`` in place of its length."""

    def act(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
        part = body[: int(len(body) * share)]
        content_range = f"bytes 0-{len(part) - 1}/{total or len(body)}"
        answer(handler, 206, part, {"Content-Type": "video/mp4", "Content-Range": content_range})

    return act


def _bomb(body: bytes) -> bytes:
    """A thousand times smaller than what it unpacks to."""
    return gzip.compress(bytes(50_000_000))


def _drawing(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
    """An SVG with a script in it, where a film should be."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.domain)</script></svg>'
    answer(handler, 200, svg, {"Content-Type": "video/mp4"})


def says(status: int, body: Any, headers: dict[str, str] | None = None, *, accepts: bool = False) -> Fault:
    """This answer instead of the honest one: JSON, or text as it stands."""
    sent = body.encode() if isinstance(body, str) else json.dumps(body).encode()

    def act(handler: BaseHTTPRequestHandler, honest: bytes, closing: Event) -> None:
        answer(handler, status, sent, headers)

    return Fault(act, accepts=accepts)


def page(status: int) -> Fault:
    """What a proxy says of its own accord: a page with its name on it."""
    html = f"<html><head><title>{status}</title></head><body><center>nginx/1.25.3</center></body></html>"
    return says(status, html, {"Content-Type": "text/html"})


def _under_a_request(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
    """The job's id one level down, under an envelope with an id of its own."""
    honest = json.loads(body)
    told = {"success": True, "id": "req-17", "data": {"job_id": honest["job_ids"][0]}}
    answer(handler, 200, json.dumps(told).encode())


def _page(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
    answer(handler, 200, b"<html><body>We will be back soon.</body></html>", {"Content-Type": "text/html"})


def _endless(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
    """Plenty at once, without a length: it ends when the client has had enough."""
    _head(handler, 200, {"Content-Type": "video/mp4", "Connection": "close"})
    handler.close_connection = True
    with contextlib.suppress(OSError):
        while not closing.is_set():
            handler.wfile.write(bytes(16_384))


def _rows(kept: slice) -> Callable[[BaseHTTPRequestHandler, bytes, Event], None]:
    """A history of which only some rows, newest first, are told."""

    def act(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
        honest = json.loads(body)
        answer(handler, 200, json.dumps({**honest, "jobs": honest["jobs"][kept]}).encode())

    return act


def _ids(times: int) -> Callable[[BaseHTTPRequestHandler, bytes, Event], None]:
    def act(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
        honest = json.loads(body)
        changed = {**honest, "job_ids": honest.get("job_ids", []) * times}
        answer(handler, 200, json.dumps(changed).encode())

    return act


def _status(status: int, more: str = "") -> Callable[[BaseHTTPRequestHandler, bytes, Event], None]:
    """``more`` is the Location of a redirect, the Retry-After of any other status."""
    header = "Location" if 300 <= status < 400 else "Retry-After"

    def act(handler: BaseHTTPRequestHandler, body: bytes, closing: Event) -> None:
        error = json.dumps({"success": False, "error": f"Injected {status}"}).encode()
        answer(handler, status, b"" if status == 204 else error, {header: more} if more else {})

    return act


FAULTS = {
    "reset-before-read": Fault(reset, accepts=False, before_read=True),
    "accept-then-reset": Fault(reset),
    "accept-then-half-close": Fault(_half_close),
    "accept-then-hang": Fault(_hang),
    "accept-then-wait": Fault(_wait),
    "drip": Fault(_drip),
    "drip-headers": Fault(_drip_headers),
    "html-200": Fault(_page),
    "half-body": Fault(_half),
    "half-then-hang": Fault(_half_then_hang),
    "gzip": Fault(_coded("gzip", gzip.compress)),
    "gzip-twice": Fault(_coded("gzip, gzip", lambda body: gzip.compress(gzip.compress(body)))),
    "gzip-cut": Fault(_coded("gzip", lambda body: gzip.compress(body)[:-20])),
    "gzip-bomb": Fault(_coded("gzip", _bomb)),
    "gzip-in-name": Fault(_coded("gzip")),  # says so, and sends the bytes as they are
    "deflate": Fault(_coded("deflate", zlib.compress)),
    "br": Fault(_coded("br", lambda body: b"\x8b" + body)),
    "aws-chunked": Fault(_coded("aws-chunked")),
    "aws-chunked-gzip": Fault(_coded("gzip,aws-chunked", gzip.compress)),
    "binary": Fault(_coded("binary")),
    "206-of-all": Fault(_part(1.0)),
    "206-of-half": Fault(_part(0.5)),
    "206-of-unknown": Fault(_part(0.5, total="*")),
    "svg-200": Fault(_drawing),
    "500-accepted": Fault(_status(500)),
    "307": Fault(_status(307, "/elsewhere/"), accepts=False),
    "endless": Fault(_endless),
    "no-ids": Fault(_ids(0)),
    "doubled-ids": Fault(_ids(2)),
    "under-a-request": Fault(_under_a_request),
    "empty-history": Fault(_rows(slice(0))),
    "stale-history": Fault(_rows(slice(1, None))),  # a copy from before the newest job
}


def named(name: str) -> Fault:
    """The fault of this name, or a status with what its header says after a colon. Raises KeyError."""
    if name in FAULTS:
        return FAULTS[name]
    status, _, more = name.partition(":")
    if status == "page" and more.isdecimal():
        return page(int(more))
    if not status.isdecimal():
        raise KeyError(name)
    return Fault(_status(int(status), more), accepts=False)


def answer(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    told = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    _head(handler, status, told)
    handler.wfile.write(body)


def _head(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
