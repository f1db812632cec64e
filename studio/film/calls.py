"""The four things a film child can be asked for. Each call is one child, and blocks until it has ended."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.film.child import run
from studio.film.orders import Picture, Probe, Rendered, RenderSpec, Stills

QUICK = 30.0  # seconds of wall clock for looking at a file; a healthy one takes under one


def render(
    spec: RenderSpec, out_dir: Path, *, deadline: float, cancelled: Callable[[], bool] = lambda: False
) -> Rendered:
    """Draw a clip into ``out_dir`` as clip.mp4, poster.jpg and preview.webp, all there or none.

    ``deadline`` is seconds from now. Raises FilmError, also when ``cancelled()`` turned true meanwhile.
    """
    order: dict[str, Any] = {
        "task": "render",
        "prompt": spec.prompt,
        "duration_seconds": spec.duration_seconds,
        "aspect_ratio": spec.aspect_ratio,
        "quality": spec.quality,
        "sound": spec.sound,
        "images": [str(path.resolve()) for path in spec.images],
        "video": str(spec.video.resolve()) if spec.video else None,
        "take": spec.take,
    }
    with _private_folder(out_dir) as folder:
        facts = run(order, folder, deadline=deadline, cancelled=cancelled)
        clip, poster_, preview_ = (
            _publish(folder / name, out_dir) for name in ("clip.mp4", "poster.jpg", "preview.webp")
        )
    return Rendered(clip=clip, poster=poster_, preview=preview_, **facts)


def probe(path: Path) -> Probe:
    """Read a video file to its end. Raises FilmError if it is none, is cut short, or is larger than we show."""
    with _private_folder(None) as folder:
        return Probe(**run({"task": "probe", "path": str(path.resolve())}, folder, deadline=QUICK))


def stills(path: Path, out_dir: Path) -> Stills:
    """Make the pictures that stand for the video at ``path``: all of them or none. Raises FilmError."""
    with _private_folder(out_dir) as folder:
        run({"task": "stills", "path": str(path.resolve())}, folder, deadline=QUICK)
        return Stills(
            *(_publish(folder / name, out_dir) for name in ("poster.jpg", "thumb.jpg", "preview.webp"))
        )


def picture(path: Path, out_dir: Path) -> Picture:
    """Read a still picture to its end and make the smaller ones that stand for it. Raises FilmError."""
    with _private_folder(out_dir) as folder:
        facts = run({"task": "picture", "path": str(path.resolve())}, folder, deadline=QUICK)
        poster, thumb = (_publish(folder / name, out_dir) for name in ("poster.jpg", "thumb.jpg"))
    return Picture(**facts, stills=Stills(poster, thumb, None))


@contextmanager
def _private_folder(beside: Path | None) -> Iterator[Path]:
    """A folder of the child's own, on the file system of its result so that a rename publishes it."""
    if beside:
        beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".film-", dir=beside, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _publish(made: Path, out_dir: Path) -> Path:
    final = out_dir / made.name
    os.replace(made, final)
    return final
