"""Addresses: what may be fetched or shown, and where results keep theirs."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from studio.contract.spelling import Fields
from studio.contract.values import distinct

_URL_KEYS = ("url", "videourl", "resulturl", "href", "src", "video", "urls", "videos", "resulturls")


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


def addresses(value: object, depth: int = 2) -> tuple[str, ...]:
    """Result URLs from text, arrays, objects with a URL. What is neither http(s) nor a path is dropped."""
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
