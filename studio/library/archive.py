"""Keep a file: bring it here, read it to its end, draw the pictures that stand for it, name it by its content."""

import hashlib
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from django.core.files.storage import default_storage

from studio import film
from studio.library.bring import bring
from studio.library.errors import DISK_FULL, CannotBring, StorageTrouble, storage_at_work
from studio.library.kinds import ENDINGS, HEAD, SHOWABLE, is_short_text, is_web_page, media_type
from studio.library.placing import place
from studio.library.scratch import scratch

LITTLE = 16_000_000  # bytes: no room for posters and previews
NO_CLIP = "The address does not give a clip but {what}."


@dataclass(frozen=True, slots=True)
class Kept:
    """Names below MEDIA_URL; ``size`` in bytes. ``kind`` is "video", "image" or "other": one that no browser shows
    and that is only ever saved; it may have a poster all the same."""

    kind: str
    media_type: str
    sha256: str
    size: int
    clip: str
    poster: str = ""
    thumb: str = ""
    preview: str = ""
    width: int | None = None
    height: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class _Pictures:
    width: int
    height: int
    seconds: float | None
    stills: film.Stills


def keep(url: str) -> Kept:
    """Copy what ``url`` names into the storage. Harmless when repeated: the same bytes get the same names.

    Raises CannotBring when it cannot be fetched, is not whole, or is plainly no clip; StorageTrouble when our
    own disk or storage does not take it.
    """
    with storage_at_work():
        default_storage.exists("clips")  # a storage that is away is noticed before a byte is fetched
        with scratch() as folder:
            file = bring(url, folder / "clip")
            with file.open("rb") as opened:
                kind = _kind(opened.read(HEAD), file.stat().st_size)
            pictures = _pictures(file, kind, folder) if kind else None
            return _place(file, kind, pictures)


def _kind(head: bytes, size: int) -> str | None:
    """The media type; None for a file that can only be saved. Raises CannotBring for what is no clip at all."""
    found = media_type(head)
    if found:
        return found
    if size == 0:
        raise CannotBring(NO_CLIP.format(what="an empty file"))
    if is_web_page(head):
        raise CannotBring(NO_CLIP.format(what="a web page"))
    if size < HEAD and is_short_text(head):
        raise CannotBring(NO_CLIP.format(what="a short text"))
    return None


def _pictures(file: Path, kind: str, folder: Path) -> _Pictures:
    """Reads the file to its last byte on the way. Raises CannotBring where it is not whole."""
    try:
        if kind.startswith("image/"):
            picture = film.picture(file, folder)
            return _Pictures(picture.width, picture.height, None, picture.stills)
        probe = film.probe(file)
        return _Pictures(probe.width, probe.height, probe.duration, film.stills(file, folder))
    except film.FilmError as error:
        if shutil.disk_usage(folder).free < LITTLE:  # the child can tell only that it ended
            raise StorageTrouble(DISK_FULL) from error
        raise CannotBring(error.sentence) from error


def _place(file: Path, kind: str | None, pictures: _Pictures | None) -> Kept:
    size, digest = file.stat().st_size, _digest(file)
    clip = place(file, _name(digest, "", ENDINGS.get(kind or "", ".bin")))
    if kind is None or pictures is None:
        return Kept("other", "application/octet-stream", digest, size, clip)
    shown_as = kind.partition("/")[0] if kind in SHOWABLE else "other"
    kept = Kept(shown_as, kind, digest, size, clip, width=pictures.width, height=pictures.height)
    stills = {
        role: place(path, _name(digest, f"-{role}", path.suffix))
        for role in ("poster", "thumb", "preview")
        if (path := getattr(pictures.stills, role)) is not None
    }
    return replace(kept, seconds=pictures.seconds, **stills)


def _name(digest: str, role: str, ending: str) -> str:
    return f"clips/{digest[:2]}/{digest}{role}{ending}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
