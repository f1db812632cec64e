"""While the database or the disk cannot be used: which fault it is, in a sentence, and when to try again."""

import errno
from dataclasses import dataclass

from django.db import InterfaceError, InternalError, OperationalError

FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
READ_ONLY_TRANSACTION = "25006"


@dataclass(frozen=True, slots=True)
class Outage:
    """``sentence`` is fit for a person, ``retry_after`` is in seconds."""

    sentence: str
    retry_after: int


BUSY = Outage("The database is busy. Try again in a few seconds.", 5)
AWAY = Outage("The database cannot be reached. Try again in a moment.", 15)
FULL = Outage("The disk is full, so nothing can be saved. An admin has to free some space.", 60)
READ_ONLY = Outage("The database cannot be written to. An admin has to make it writable.", 60)

# By SQLite's primary result code (https://sqlite.org/rescode.html). 1 is a fault in a statement: ours.
SQLITE = {5: BUSY, 6: BUSY, 15: BUSY, 7: AWAY, 10: AWAY, 14: AWAY, 8: READ_ONLY, 13: FULL}
# By the first letters of PostgreSQL's SQLSTATE; anything else that is operational is a lost connection.
POSTGRESQL = {
    "53100": FULL,
    "53": BUSY,
    "55P03": BUSY,
    "57014": BUSY,
    "40": BUSY,
    READ_ONLY_TRANSACTION: READ_ONLY,
}


def outage_of(error: BaseException | None) -> Outage | None:
    """None for anything else, such as a fault of ours."""
    if isinstance(error, OSError):
        return FULL if error.errno in FULL_DISK else None
    cause = getattr(error, "__cause__", None)
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return SQLITE.get(code & 0xFF)
    state = getattr(cause, "sqlstate", None) or ""
    if isinstance(error, InternalError):
        return READ_ONLY if state == READ_ONLY_TRANSACTION else None
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    return next((outage for start, outage in POSTGRESQL.items() if state.startswith(start)), AWAY)
