"""``manage.py restore BACKUP``: put a backup in the place of the present database, with the queue held."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.upkeep.errors import RestoredInPart, UpkeepFailed
from studio.upkeep.restore import adopt, restore


class Command(BaseCommand):
    help = "Restore a backup. The present database is kept aside; nothing is sent until the history was compared."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("backup", type=Path, nargs="?", help="the folder of a backup, or a file in it")
        what.add_argument(
            "--old-copy",
            action="store_true",
            help="the database here is an old copy: hold it as a restored one",
        )
        parser.add_argument("--force", action="store_true", help="although something seems to be running")

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
        self.stdout.write(f"Restored the backup of {taken}; {done.media:,} media files were brought back.")
        self.stdout.write(f"The database that was here before is kept in {done.aside}.")
        self._say_what_follows()

    def _adopt(self, force: bool) -> None:
        try:
            taken_at = adopt(force=force)
        except UpkeepFailed as error:
            raise CommandError(f"Nothing was changed. {error.sentence}") from error
        self.stdout.write(f"The database counts as a copy of {taken_at:%Y-%m-%d %H:%M:%S} UTC.")
        self._say_what_follows()

    def _say_what_follows(self) -> None:
        self.stdout.write(
            "Nothing is sent for now: what this backup calls waiting may have been sent since. Start Dailies: it "
            "compares the studio's history, and asks an admin about what that cannot prove."
        )
