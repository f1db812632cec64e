"""The ``manifest.json`` of a backup: its time, database, migrations, row counts and file digests."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from studio.upkeep.errors import UpkeepFailed

FILE = "manifest.json"
MADE_BY = "Dailies backup 1"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts about one backup. It contains every change made before ``taken_at`` (UTC).

    ``media`` maps file names to their SHA-256; None if the backup has no clips.
    """

    taken_at: datetime
    database: str  # Django's ``vendor``: "sqlite" or "postgresql"
    file: str
    digest: str  # SHA-256 of the database's file
    migrations: list[str]  # applied ones, such as "jobs.0002_reconciling"
    counts: dict[str, int]  # rows by table
    media: dict[str, str] | None = None
    made_by: str = field(default=MADE_BY)

    def write(self, folder: Path) -> None:
        said = asdict(self) | {"taken_at": self.taken_at.isoformat()}
        (folder / FILE).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read the manifest in ``folder``. Raises UpkeepFailed if there is none, or none of Dailies."""
        try:
            said = json.loads((folder / FILE).read_text(encoding="utf-8"))
            found = cls(**said | {"taken_at": datetime.fromisoformat(said["taken_at"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UpkeepFailed(f"{folder} is not a backup of Dailies: it has no valid {FILE}.") from error
        if found.made_by != MADE_BY or not all(map(_is_inside, (found.file, *(found.media or ())))):
            raise UpkeepFailed(f"This version of Dailies cannot read the backup {folder}.")
        return found


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
