"""API calls as curl commands."""

import shlex
from typing import Any

VARIABLE = "DAILIES_TOKEN"  # the environment variable with the token
AUTHORIZED = f'-H "Authorization: Bearer ${VARIABLE}"'
BREAK = " \\\n  "


def getting(address: str) -> str:
    return BREAK.join([f"curl {shlex.quote(address)}", AUTHORIZED])


def posting(address: str, body: str, **headers: Any) -> str:
    """``body`` is JSON; ``headers`` have underscores in place of hyphens."""
    said = [f'-H "{name.replace("_", "-")}: {value}"' for name, value in headers.items()]
    return BREAK.join(
        [f"curl {shlex.quote(address)}", AUTHORIZED, *said, f"-d {shlex.quote(_indented(body))}"]
    )


def _indented(body: str) -> str:
    return body.replace("\n", "\n  ")
