"""Validation of host names and of an API's base URL."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
HOST_NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*\.?")


def is_host(word: str) -> bool:
    """True for a host name, or an IP address without brackets."""
    try:
        ip_address(word)
    except ValueError:
        return HOST_NAME.fullmatch(word) is not None and not word.replace(".", "").isdecimal()
    return True


def base_address(word: str) -> str:
    """Normalize an http(s) base URL: no trailing slash. Credentials, a query or a fragment are not allowed.

    Raises ValueError. Its text is the rest of a sentence that starts with the name of the field: "… is not an address".
    """
    try:
        parts = urlsplit(word)
        _ = parts.port
    except ValueError:
        raise ValueError(f"is not an address: {word!r}.") from None
    if parts.scheme not in ("http", "https") or not is_host(parts.hostname or "") or " " in word:
        raise ValueError(f"must be an address such as https://api.example.com, not {word!r}.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must not hold a user, password, query or fragment.")
    return word.rstrip("/")
