"""Makes the extras of a stored file: facts, poster, thumbnail, preview, and a version for browsers.

The file itself is stored already. Each extra may fail, which leaves a note and does not affect the file.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage

from studio import film
from studio.library.archive import kind_of, name_for
from studio.library.errors import DISK_FULL, CannotCopy, StorageTrouble, storage_at_work
from studio.library.fetch import from_storage
from studio.library.kinds import HEAD, OTHER, SHOWABLE, media_type, name_of
from studio.library.playable import describe, hindrance, strain
from studio.library.store import local_path, store
from studio.library.temporary import temporary_file

LITTLE = 16_000_000  # bytes: not enough space for posters and previews
UNREADABLE = "It could not be read as video, audio or an image: {why}"
NO_PICTURES = "Its poster and preview could not be made: {why}"
NO_PROXY = "Making a version for this page failed: {why}"
DAMAGED = "Parts of it are missing or damaged. It is stored as it was received."
ENDS_EARLY = "The version on this page ends after {seconds:.0f} s: the rest could not be read."


@dataclass(frozen=True, slots=True)
class Looked:
    """Columns of a stored file, determined by its content.

    ``format`` is a description such as "MP4 · HEVC, 10 bit". ``played`` is the name of what a page plays: the clip
    itself, or "" if browsers play nothing yet. ``hindrance`` is why they do not play the clip, or play it badly, as the
    end of "Browsers do not play …". ``notes`` are sentences about what failed.
    """

    kind: str
    media_type: str
    format: str = ""
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    poster: str = ""
    thumb: str = ""
    preview: str = ""
    played: str = ""
    hindrance: str = ""
    notes: tuple[str, ...] = ()

    @property
    def needs_proxy(self) -> bool:
        return self.kind == "video" and bool(self.hindrance)


@dataclass(frozen=True, slots=True)
class Proxied:
    """``played`` is the name of the browser version, "" if none could be made. ``notes``: see Looked."""

    played: str = ""
    notes: tuple[str, ...] = ()


def look(clip: str, sha256: str) -> Looked:
    """Determine what the stored file ``clip`` is, and make its pictures.

    Raises CannotCopy if it is missing, StorageTrouble if our own disk or storage is in trouble.
    """
    with storage_at_work(), temporary_file() as folder:
        file = _at_hand(clip, folder)
        with file.open("rb") as opened:
            head = opened.read(HEAD)
        kind = media_type(head)
        if kind is None:
            return Looked("other", OTHER, name_of(head))
        if kind.startswith("image/"):
            return _look_at_picture(file, kind, sha256, folder)
        return _look_at_film(file, kind, clip, sha256, folder)


def make_proxy(clip: str, sha256: str) -> Proxied:
    """Make a version of the film ``clip`` for browsers. Raises the same errors as ``look``."""
    with storage_at_work(), temporary_file() as folder:
        name = name_for(sha256, "-proxy", ".mp4")
        if default_storage.exists(name):  # from another clip with the same content
            return Proxied(name)
        file = _at_hand(clip, folder)
        try:
            with _room_in(folder):
                probe = film.probe(file)
                made = film.proxy(file, folder, probe)
        except film.FilmError as error:
            return Proxied(notes=(NO_PROXY.format(why=error.sentence),))
        store(made.film, name)
        is_short = made.duration < probe.duration - max(1.0, probe.duration * 0.05)
        return Proxied(name, (ENDS_EARLY.format(seconds=made.duration),) if is_short else ())


def _look_at_picture(file: Path, kind: str, sha256: str, folder: Path) -> Looked:
    seen = Looked("image", kind, kind.removeprefix("image/").upper())
    try:
        with _room_in(folder):
            picture = film.picture(file, folder)
    except film.FilmError as error:
        return replace(seen, kind="other", notes=(UNREADABLE.format(why=error.sentence),))
    stills = _placed(picture.stills, sha256)
    return replace(seen, width=picture.width, height=picture.height, **stills)


def _look_at_film(file: Path, kind: str, clip: str, sha256: str, folder: Path) -> Looked:
    try:
        with _room_in(folder):
            probe = film.probe(file)
    except film.FilmError as error:
        return Looked("other", kind, notes=(UNREADABLE.format(why=error.sentence),))
    hinders = hindrance(kind, probe)
    seen = Looked(
        kind=kind_of(kind) if probe.has_video else "audio",
        media_type=kind,
        format=describe(kind, probe),
        width=probe.width or None,
        height=probe.height or None,
        seconds=probe.duration,
        played="" if hinders or kind not in SHOWABLE else clip,
        hindrance=hinders or strain(probe),
        notes=() if probe.is_whole else (DAMAGED,),
    )
    return _with_stills(seen, file, probe, sha256, folder) if probe.has_video else seen


def _with_stills(seen: Looked, file: Path, probe: film.Probe, sha256: str, folder: Path) -> Looked:
    try:
        with _room_in(folder):
            stills = film.stills(file, folder, probe)
    except film.FilmError as error:
        return replace(seen, notes=(*seen.notes, NO_PICTURES.format(why=error.sentence)))
    return replace(seen, **_placed(stills, sha256))


def _placed(stills: film.Stills, sha256: str) -> dict[str, Any]:
    return {
        role: store(path, name_for(sha256, f"-{role}", path.suffix))
        for role in ("poster", "thumb", "preview")
        if (path := getattr(stills, role)) is not None
    }


def _at_hand(clip: str, folder: Path) -> Path:
    """The stored file on this machine, copied from a remote storage if needed. Raises CannotCopy if it is missing."""
    path = local_path(clip)
    if path is None:
        return from_storage(clip, folder / "clip")
    if not path.is_file():
        raise CannotCopy("The stored file is missing.", gone=True)
    return path


@contextmanager
def _room_in(folder: Path) -> Iterator[None]:
    """Raises StorageTrouble if a child process failed and the disk is full, which the child cannot know."""
    try:
        yield
    except film.FilmError as error:
        if shutil.disk_usage(folder).free < LITTLE:
            raise StorageTrouble(DISK_FULL) from error
        raise
