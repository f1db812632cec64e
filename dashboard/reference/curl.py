"""Calls as somebody types them into a terminal."""

import shlex
from typing import Any

VARIABLE = "DAILIES_TOKEN"  # of the environment, where the token is kept
AUTHORIZED = f'-H "Authorization: Bearer ${VARIABLE}"'
BREAK = " \\\n  "


def getting(address: str) -> str:
    return BREAK.join([f"curl {shlex.quote(address)}", AUTHORIZED])


def posting(address: str, body: str, **headers: Any) -> str:
    """``body`` is JSON; ``headers`` in their Python spelling."""
    said = [f'-H "{name.replace("_", "-")}: {value}"' for name, value in headers.items()]
    return BREAK.join(
        [f"curl {shlex.quote(address)}", AUTHORIZED, *said, f"-d {shlex.quote(_indented(body))}"]
    )


def _indented(body: str) -> str:
    return body.replace("\n", "\n  ")
