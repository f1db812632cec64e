#!/usr/bin/env python
import io
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
    # A terminal that lacks a letter must not end what is half done.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        run(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell tells Ctrl-C


def run(words: list[str]) -> None:
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db import DatabaseError, OperationalError  # noqa: PLC0415

    from studio.databases import why_damaged, why_unusable  # noqa: PLC0415
    from studio.env import WrongEnvironment  # noqa: PLC0415

    try:
        # Read the settings now: Django puts an error in them off until a command trips over it.
        settings.INSTALLED_APPS  # noqa: B018
        execute_from_command_line(words)
    except WrongEnvironment as error:
        sys.exit(f"Dailies cannot start: {error.sentence}")
    except OperationalError as error:
        if sentence := why_unusable(error):
            sys.exit(sentence)
        raise
    except DatabaseError as error:
        if sentence := why_damaged(error):
            sys.exit(sentence)
        raise


if __name__ == "__main__":
    main()
