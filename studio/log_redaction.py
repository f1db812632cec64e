"""Keeps what opens a door out of the log: one-time links, and signatures in addresses of files."""

import logging
import re

SECRET = re.compile(
    r"(/(?:welcome|invite)/|/accounts/password/reset/key/|[?&](?:signature|code|state)=)[^/\s?&\"'<>]+"
)


class RedactingFormatter(logging.Formatter):
    """Works on the whole text, tracebacks included: a request that fails is logged with its path."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRET.sub(r"\1…", super().format(record))
