"""Addresses: what may be fetched or shown, and how one from a studio's answer becomes one that can be."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urljoin, urlsplit

from studio.contract.spelling.keys import Fields
from studio.contract.spelling.values import distinct

_URL_KEYS = ("url", "videourl", "resulturl", "href", "src", "video", "urls", "videos", "resulturls")
_AUTHORITY = re.compile(r"(?:https?:)?//[^/?#]*", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
# What may stand in a path or a query as it is. A "%" that begins no escape is none of it.
_TO_QUOTE = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})")


def is_web_address(address: str) -> bool:
    """An absolute http(s) URL with a host, without blanks or control characters."""
    if any(char.isspace() or not char.isprintable() for char in address):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_own_path(address: str) -> bool:
    """An absolute path of this host; ``//host/…`` is another host's."""
    return bool(re.fullmatch(r"/(?![/\\])[^\s\\]*", address)) and address.isprintable()


def absolute(address: str, origin: str) -> str:
    """``address`` as a studio at ``origin`` meant it, as an http(s) address; "" where it can be none.

    A relative or protocol-relative one is resolved against ``origin``. Without an origin (the sandbox) an absolute
    path stays one. Blanks and non-ASCII are percent-encoded; everything else stays byte for byte, for it may be signed.
    """
    address = _quoted(address.strip())
    if not address or "\\" in address or is_web_address(address):
        return address if "\\" not in address else ""
    if _SCHEME.match(address):
        return ""
    if not origin:
        return address if is_own_path(address) else ""
    try:
        joined = urljoin(f"{origin}/", address)
    except ValueError:
        return ""
    return joined if is_web_address(joined) else ""


def _quoted(address: str) -> str:
    """Percent-encoded where it must be. A name of a host is left to whoever resolves it."""
    host = _AUTHORITY.match(address)
    end = host.end() if host else 0
    return address[:end] + _TO_QUOTE.sub(_quote_one, address[end:])


def _quote_one(found: re.Match[str]) -> str:
    letter = found.group()
    if letter == "\\" or (not letter.isprintable() and letter.isascii()):
        return letter  # an address with a line break or a NUL in it is none
    return quote(letter, safe="", errors="replace")


def without_query(address: str) -> str:
    """What stays the same when a studio signs the address of a file again."""
    return address.partition("#")[0].partition("?")[0]


def addresses(value: object, depth: int = 2) -> tuple[str, ...]:
    """The addresses of inputs, from text, arrays, objects with a URL. What is neither http(s) nor a path is dropped."""
    if isinstance(value, str):
        address = value.strip()
        return (address,) if is_web_address(address) or is_own_path(address) else ()
    if isinstance(value, Mapping):
        value = Fields(value).take(_URL_KEYS)
        return addresses(value, depth - 1) if depth else ()
    if isinstance(value, list | tuple) and depth:
        found = (address for item in value for address in addresses(item, depth - 1))
        return distinct(found, key=str)
    return ()
