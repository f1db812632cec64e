"""A sentence where the database cannot be used: a command that finds no tables was given the wrong folder."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import CommandError
from django.db import OperationalError, ProgrammingError, connection


@contextmanager
def database_at_hand() -> Iterator[None]:
    """Raises CommandError where the tables are missing or old, or no server answers."""
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        where = f"DATA_DIR {settings.DATA_DIR}" if connection.vendor == "sqlite" else "DATABASE_URL"
        why = " ".join(str(error).split())
        raise CommandError(
            f"The database cannot be used: {why}. Is {where} that of your installation, and was it started?"
        ) from error
