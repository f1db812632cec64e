"""``manage.py restore BACKUP``: replaces the current database with a backup and puts the queue on hold."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.upkeep.errors import RestoredInPart, UpkeepFailed
from studio.upkeep.restore import adopt, restore


class Command(BaseCommand):
    help = (
        "Restore a backup. The current database is saved first. "
        "Nothing is sent until the studio's history has been compared."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("backup", type=Path, nargs="?", help="folder of a backup, or a file in it")
        what.add_argument(
            "--old-copy",
            action="store_true",
            help="treat the current database as a restored backup, because it is an old copy",
        )
        parser.add_argument(
            "--force", action="store_true", help="restore even if Dailies seems to be running"
        )

    def handle(self, *args: Any, backup: Path | None, old_copy: bool, force: bool, **options: Any) -> None:
        if backup is None:
            self._adopt(force)
            return
        try:
            done = restore(backup.expanduser().absolute(), force=force)
        except RestoredInPart as error:
            raise CommandError(error.sentence) from error
        except UpkeepFailed as error:
            raise CommandError(f"Not restored. {error.sentence}") from error
        taken = f"{done.manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC"
        self.stdout.write(f"Restored the backup of {taken}; {done.media:,} media files were restored.")
        self.stdout.write(f"The previous database was saved in {done.aside}.")
        self._say_what_follows()

    def _adopt(self, force: bool) -> None:
        try:
            taken_at = adopt(force=force)
        except UpkeepFailed as error:
            raise CommandError(f"Nothing was changed. {error.sentence}") from error
        self.stdout.write(f"The database is treated as a copy made at {taken_at:%Y-%m-%d %H:%M:%S} UTC.")
        self._say_what_follows()

    def _say_what_follows(self) -> None:
        self.stdout.write(
            "Nothing is sent for now, because requests that are queued in this copy may have been sent since. Start "
            "Dailies: it compares the studio's history, and asks an admin to decide about what that does not settle."
        )
