"""Sends one request to the API. The result is an Answer or Lost; never an exception, and never contains the key."""

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from studio.contract.proxies import is_from_proxy
from studio.contract.spelling.border import Admitted, read_json
from studio.upstream.guard import Blocked
from studio.upstream.secret import Secret
from studio.upstream.wire import Wire, within_deadline

BODY_LIMIT = 8 * 1024 * 1024  # bytes; a history of 100 jobs is about 100 kB
LONGEST_WAIT = 15 * 60.0  # seconds; a longer Retry-After is cut to this
LONGEST_WORDS = 500  # characters of an answer that is plain text
LOOKED_AT = 20_000  # bytes of a body that are searched for the name of a proxy

UNREADABLE = object()  # the payload of an answer that is not JSON


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. ``date`` is the server's clock, aware, UTC.

    ``words``: the body if it is plain text. ``from_proxy``: a proxy made the answer, so the API did not.
    """

    status: int
    admitted: Admitted  # its sanitized JSON, with notes about changes
    retry_after: float | None = None  # seconds, capped
    date: datetime | None = None
    words: str = ""
    from_proxy: bool = False

    @property
    def payload(self) -> Any:
        """Its JSON, or UNREADABLE."""
        return self.admitted.value

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Lost:
    """There was no complete answer. ``sent``: whether any byte of the request may have left this machine."""

    sent: bool
    why: str  # the end of a sentence: "… did not answer: {why}."


class Exchange:
    """Sends requests to one origin with one key. Follows no redirects and sends nothing twice."""

    def __init__(self, base_url: str, key: Secret, wire: Wire, *, timeout: httpx.Timeout) -> None:
        self._key = key
        self._client = httpx.Client(
            base_url=base_url,
            transport=wire,
            timeout=timeout,
            headers={"Accept": "application/json", "User-Agent": "Dailies"},
            follow_redirects=False,
            trust_env=False,  # no proxy and no .netrc, so that the key goes nowhere else
        )

    def send(self, method: str, path: str, *, within: float, **content: Any) -> Answer | Lost:
        """``within``: seconds for the whole exchange. ``content`` is httpx's ``json`` or ``params``."""
        with within_deadline(within) as this:
            try:
                request = self._client.build_request(method, path, **content)
                request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
                response = self._client.send(request, stream=True)
                try:
                    return self._understood(response, _capped_body(response))
                finally:
                    response.close()
            except Exception as error:  # whatever failed, what matters is whether bytes were sent
                return Lost(this.sent, reason(error))

    def close(self) -> None:
        self._client.close()

    def _understood(self, response: httpx.Response, body: bytes) -> Answer:
        date = _http_date(response.headers.get("Date", ""))
        wait = retry_after(response.headers.get("Retry-After", ""), date or datetime.now(UTC))
        try:
            admitted = read_json(body, clean=self._key.hide_in)
        except ValueError:
            admitted = Admitted(UNREADABLE)
        is_json = admitted.value is not UNREADABLE
        words = "" if is_json else self._key.hide_in(_plain_text(body))
        from_proxy = _is_from_proxy(response, admitted.value, body)
        return Answer(response.status_code, admitted, wait, date, words, from_proxy)


def retry_after(header: str, now: datetime, most: float = LONGEST_WAIT) -> float | None:
    """Seconds to wait, 0 to ``most``, from a number or an HTTP date; None if the header is neither."""
    header = header.strip()
    if re.fullmatch(r"\d+(\.\d+)?", header, re.ASCII):
        return min(float(header), most)
    if (moment := _http_date(header)) is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), most)


class _TooLong(Exception):
    pass


def _capped_body(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise _TooLong
    return bytes(body)


def _is_from_proxy(response: httpx.Response, payload: Any, body: bytes) -> bool:
    """Never true for a success: its content is decoded, and what cannot be read is unknown anyway."""
    return not response.is_success and is_from_proxy(
        body[:LOOKED_AT].decode("utf-8", "replace"),
        is_json=payload is not UNREADABLE,
        content_type=response.headers.get("Content-Type", ""),
        server=response.headers.get("Server", ""),
        sent=response.request.content.decode("utf-8", "replace"),
    )


def _plain_text(body: bytes) -> str:
    """The body if it is a short text, neither a web page nor a piece of JSON; else ""."""
    text = " ".join(body[: 4 * LONGEST_WORDS].decode("utf-8", "replace").split())
    is_words = text.isprintable() and len(text) <= LONGEST_WORDS and not text.startswith(("<", "{", "["))
    return text if is_words else ""


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


# Our own words: the text of a network error may quote the request, which contains the key.
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (Blocked, "its address is neither on the public internet nor among STUDIO_ALLOWED_HOSTS"),
    (socket.gaierror, "its name could not be found"),
    (ssl.SSLError, "its certificate or encryption cannot be trusted"),
    (ConnectionRefusedError, "it refused the connection"),
    (httpx.ConnectTimeout, "the connection could not be made in time"),
    (httpx.ConnectError, "the connection could not be made"),
    (httpx.PoolTimeout, "too many requests are under way"),
    (httpx.TimeoutException, "the answer took too long"),
    (httpx.NetworkError, "the connection was cut"),
    (httpx.RemoteProtocolError, "the connection was cut"),
    (httpx.UnsupportedProtocol, "the address cannot be used"),
    (_TooLong, "the answer was far too long"),
)


def reason(error: BaseException) -> str:
    """The reason as the end of a sentence: "… did not answer: {reason}." """
    chain = list(_causes(error))
    known = (words for kind, words in _REASONS if any(isinstance(cause, kind) for cause in chain))
    return next(known, "the request failed")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
