"""``manage.py restore BACKUP``: put a backup in the place of the present database, with the queue held."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.upkeep.errors import RestoredInPart, UpkeepFailed
from studio.upkeep.restore import restore


class Command(BaseCommand):
    help = "Restore a backup. The present database is kept aside; nothing is sent until the history was compared."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path, help="the folder of a backup, or a file in it")
        parser.add_argument("--force", action="store_true", help="although something seems to be running")

    def handle(self, *args: Any, backup: Path, force: bool, **options: Any) -> None:
        try:
            done = restore(backup.expanduser().absolute(), force=force)
        except RestoredInPart as error:
            raise CommandError(str(error)) from error
        except UpkeepFailed as error:
            raise CommandError(f"Not restored. {error}") from error
        taken = f"{done.manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC"
        self.stdout.write(f"Restored the backup of {taken}; {done.media:,} media files were brought back.")
        self.stdout.write(f"The database that was here before is kept in {done.aside}.")
        self.stdout.write(
            "Nothing is sent for now: what this backup calls waiting may have been sent since. Start Dailies: it "
            "compares the studio's history, and asks an admin about what that cannot prove."
        )
