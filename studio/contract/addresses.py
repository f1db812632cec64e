"""URLs: which ones may be fetched or shown, and how to resolve the ones in a studio's answer."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urljoin, urlsplit

from studio.contract.spelling.keys import Fields
from studio.contract.spelling.values import distinct

_URL_KEYS = ("url", "videourl", "resulturl", "href", "src", "video", "urls", "videos", "resulturls")
_AUTHORITY = re.compile(r"(?:https?:)?//[^/?#]*", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
# Characters that are legal in a path or query. A "%" that starts no escape sequence is not one of them.
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
    """True for an absolute path on this host. ``//host/…`` is a URL on another host."""
    return bool(re.fullmatch(r"/(?![/\\])[^\s\\]*", address)) and address.isprintable()


def absolute(address: str, origin: str) -> str:
    """Resolve ``address`` against the studio's ``origin``. Returns an http(s) URL, or "" if there is none.

    Relative and protocol-relative addresses are resolved against ``origin``. Without an origin (the sandbox) an
    absolute path stays as it is. Spaces and non-ASCII characters are percent-encoded; nothing else changes, because
    the URL may be signed.
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
    """Percent-encode what must be. The host is left alone: the resolver handles its non-ASCII names."""
    host = _AUTHORITY.match(address)
    end = host.end() if host else 0
    return address[:end] + _TO_QUOTE.sub(_quote_one, address[end:])


def _quote_one(found: re.Match[str]) -> str:
    letter = found.group()
    if letter == "\\" or (not letter.isprintable() and letter.isascii()):
        return letter  # an address with a line break or a NUL is not valid anyway
    return quote(letter, safe="", errors="replace")


def without_query(address: str) -> str:
    """The part of a URL that stays the same when a studio signs it again."""
    return address.partition("#")[0].partition("?")[0]


def addresses(value: object, depth: int = 2) -> tuple[str, ...]:
    """The addresses in an input: text, an array, or objects with a URL. Anything but http(s) and paths is dropped."""
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
