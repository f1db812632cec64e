"""``manage.py backup FOLDER``: makes a verified copy of the running installation's database and, optionally, clips."""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from studio.audit.log import record
from studio.upkeep.backup import back_up
from studio.upkeep.errors import UpkeepFailed
from studio.upkeep.manifest import Manifest

# Files in DATA_DIR that are never in a backup: a stolen backup must not include the keys.
KEYS = {
    "secret_key": "signs cookies and links; without it everyone has to sign in again",
    "connection_keys": "decrypts the API keys of connections; without it an admin has to enter them again",
}


class Command(BaseCommand):
    help = "Back up the running installation and verify the copy. The exit code is 0 only if it is complete."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        default = settings.DATA_DIR / "backups"
        parser.add_argument(
            "folder", nargs="?", type=Path, default=default, help="folder for backups (DATA_DIR/backups)"
        )
        parser.add_argument("--media", action="store_true", help="back up new clips, too")
        parser.add_argument(
            "--keep",
            type=_at_least_one,
            metavar="N",
            help="afterwards, remove all but the newest N backups in FOLDER",
        )

    def handle(self, *args: Any, folder: Path, media: bool, keep: int | None, **options: Any) -> None:
        try:
            if not MigrationRecorder(connection).has_table():
                raise UpkeepFailed(
                    "The database has no tables yet: is this the right DATA_DIR or DATABASE_URL?"
                )
            backup = back_up(folder.expanduser().absolute(), media=media, keep=keep)
        except (UpkeepFailed, DatabaseError) as error:
            raise CommandError(f"No backup was made. {error}") from error
        self.stdout.write(f"Backed up to {backup}: {_summary(Manifest.read(backup))}.")
        self._record(backup.name, media)
        for line in _left_out(media):
            self.stdout.write(f"Not included: {line}")

    def _record(self, name: str, media: bool) -> None:
        """Write to the audit log, if possible: a backup may also be made before its tables are migrated."""
        try:
            record("backup.made", by=None, name=name, media=media)
        except DatabaseError as error:
            self.stderr.write(f"The backup could not be recorded in the audit log: {error}")


def _at_least_one(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError("must be a whole number of at least 1")
    return int(word)


def _summary(manifest: Manifest) -> str:
    rows = f"{sum(manifest.counts.values()):,} rows in {len(manifest.counts)} tables"
    return rows if manifest.media is None else f"{rows}, {len(manifest.media):,} media files"


def _left_out(media: bool) -> list[str]:
    kept = [
        f"{settings.DATA_DIR / name}, which {why}."
        for name, why in KEYS.items()
        if (settings.DATA_DIR / name).exists()
    ]
    clips = [] if media else [f"the clips in {settings.MEDIA_ROOT}; --media adds them."]
    return [*clips, *kept, "the settings in the environment and the file .env."]
