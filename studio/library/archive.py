"""Keep a clip: bring its file here, check it to the last packet, draw poster and preview, name it by its content."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from studio import film
from studio.library.bring import CannotBring, bring


@dataclass(frozen=True, slots=True)
class Kept:
    """Names below MEDIA_URL; ``seconds`` long, ``size`` in bytes."""

    clip: str
    poster: str
    thumb: str
    preview: str
    width: int
    height: int
    seconds: float
    size: int


def keep(url: str) -> Kept:
    """Copy the clip at ``url`` into the storage. Harmless when repeated: the same bytes get the same names.

    Raises CannotBring when the file cannot be fetched or is not a whole film.
    """
    with tempfile.TemporaryDirectory(prefix="dailies-") as folder:
        clip = bring(url, Path(folder) / "clip")
        try:
            probe = film.probe(clip)
            stills = film.stills(clip, Path(folder))
        except film.FilmError as error:
            raise CannotBring(error.sentence) from error
        digest = _digest(clip)
        return Kept(
            clip=_store(clip, digest, SUFFIXES.get(probe.container, ".mp4")),
            poster=_store(stills.poster, digest, stills.poster.suffix),
            thumb=_store(stills.thumb, f"{digest}-thumb", stills.thumb.suffix),
            preview=_store(stills.preview, f"{digest}-preview", stills.preview.suffix),
            width=probe.width,
            height=probe.height,
            seconds=probe.duration,
            size=clip.stat().st_size,
        )


SUFFIXES = {"mp4": ".mp4", "webm": ".webm"}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _store(path: Path, stem: str, suffix: str) -> str:
    name = f"clips/{stem[:2]}/{stem}{suffix}"
    if not default_storage.exists(name):
        with path.open("rb") as file:
            return default_storage.save(name, File(file))
    return name
