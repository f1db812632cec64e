"""Calls as somebody types them into a terminal."""

import shlex
from typing import Any

AUTHORIZED = '-H "Authorization: Bearer $DAILIES_TOKEN"'
BREAK = " \\\n  "


def getting(address: str) -> str:
    return BREAK.join([f"curl {shlex.quote(address)}", AUTHORIZED])


def posting(address: str, body: str, **headers: Any) -> str:
    """``body`` is JSON; ``headers`` in their Python spelling."""
    said = [f'-H "{name.replace("_", "-")}: {value}"' for name, value in headers.items()]
    return BREAK.join([f"curl {shlex.quote(address)}", AUTHORIZED, *said, f"-d {shlex.quote(body)}"])
