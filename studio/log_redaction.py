"""Keeps secrets out of the log: one-time links, signatures in file URLs, and codes of single sign-on."""

import logging
import re

SECRET = re.compile(
    r"(/(?:welcome|invite)/|/accounts/password/reset/key/|[?&](?:signature|code|state)=)[^/\s?&\"'<>]+"
)


class RedactingFormatter(logging.Formatter):
    """Redacts the whole text of a record, including tracebacks, because failed requests are logged with their path."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRET.sub(r"\1…", super().format(record))
