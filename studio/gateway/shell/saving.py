"""A kept clip, copied to where somebody at the command line wants it: whole under its name, or not at all."""

import os
import shutil
from pathlib import Path
from uuid import uuid4

from django.core.files.storage import default_storage

from studio.core.errors import UserFacingError


class CannotSave(UserFacingError):
    """The file was not written; nothing that was there is lost."""


def must_be_free(path: Path, *, force: bool) -> None:
    """Raises CannotSave where ``path`` could not be written: asked before a clip is paid for."""
    if path.is_dir():
        raise CannotSave(f"{path} is a folder: name a file in it.")
    if not path.parent.is_dir():
        raise CannotSave(f"There is no folder {path.parent}.")
    if not os.access(path.parent, os.W_OK):
        raise CannotSave(f"Nothing can be written into {path.parent}.")
    if path.exists() and not path.is_file():
        raise CannotSave(f"{path} is no file: name one.")  # to put the clip in its place would end a device
    if path.exists() and not force:
        raise CannotSave(f"{path} is there already: name another file, or add --force.")


def save_as(path: Path, name: str, *, force: bool) -> None:
    """Copy the stored file ``name``, one below MEDIA_URL. Raises CannotSave."""
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        with default_storage.open(name) as kept, part.open("xb") as copy:
            shutil.copyfileobj(kept, copy)
            copy.flush()
            os.fsync(copy.fileno())
        if not force:
            path.touch(exist_ok=False)  # it may have come meanwhile: to make it is to know
        part.replace(path)
    except FileExistsError as error:
        raise CannotSave(f"{path} has come meanwhile, and was left as it is.") from error
    except OSError as error:
        raise CannotSave(f"The clip could not be saved as {path}: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)
