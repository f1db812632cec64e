"""Stores a file: downloads it, checks that it is complete, and names it by its content. Extras are made later.

A decoder's opinion never prevents a paid file from being stored: see ``studio.library.extras``.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.core.files.storage import default_storage

from studio.library.errors import CannotCopy, storage_at_work
from studio.library.fetch import fetch
from studio.library.kinds import (
    ENDINGS,
    HEAD,
    MOST_TEXT,
    OTHER,
    is_playlist,
    is_text,
    is_web_page,
    media_type,
)
from studio.library.store import store
from studio.library.temporary import temporary_file
from studio.library.wholeness import is_cut

NO_CLIP = "The address does not give a clip but {what}."
PLAYLIST = "The studio sent a playlist, not a film: a list of the addresses of its parts."
CUT = "The file is incomplete: its end is missing."


@dataclass(frozen=True, slots=True)
class Kept:
    """``clip`` is a name relative to MEDIA_URL; ``size`` in bytes. ``kind`` is "video", "audio", "image" or "other",
    by the first bytes."""

    kind: str
    media_type: str
    sha256: str
    size: int
    clip: str


def keep(url: str) -> Kept:
    """Copy the file at ``url`` into the storage. Safe to repeat: the same content gets the same name.

    Raises CannotCopy if it cannot be downloaded, is incomplete, or is clearly not a clip; StorageTrouble if our own
    disk or storage does not accept it.
    """
    with storage_at_work():
        default_storage.exists("clips")  # fail before the download if the storage is not available
        with temporary_file() as folder:
            file = fetch(url, folder / "clip")
            kind = _kind(file)
            if is_cut(file, kind):
                raise CannotCopy(CUT)
            size, digest = file.stat().st_size, _digest(file)
            clip = store(file, name_for(digest, "", ENDINGS.get(kind or "", ".bin")))
    return Kept(kind_of(kind), kind or OTHER, digest, size, clip)


def kind_of(media_type: str | None) -> str:
    return media_type.partition("/")[0] if media_type in ENDINGS else "other"


def name_for(digest: str, role: str, ending: str) -> str:
    """The storage name. Anyone who may see the clip may see every name with its hash: see
    studio.jobs.visibility.media_access.
    """
    return f"clips/{digest[:2]}/{digest}{role}{ending}"


def _kind(file: Path) -> str | None:
    """The media type; None for a file that can only be downloaded. Raises CannotCopy for what is not a clip."""
    with file.open("rb") as opened:
        start = opened.read(MOST_TEXT + 1)
    head = start[:HEAD]
    if found := media_type(head):
        return found
    if not start:
        raise CannotCopy(NO_CLIP.format(what="an empty file"))
    if is_web_page(head):
        raise CannotCopy(NO_CLIP.format(what="a web page"))
    if is_playlist(head):
        raise CannotCopy(PLAYLIST)
    if len(start) <= MOST_TEXT and is_text(start):
        raise CannotCopy(NO_CLIP.format(what="a text"))
    return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
