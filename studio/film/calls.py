"""The five calls of the film room. Each one starts a child process and blocks until it has ended."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.film.child import MEMORY, Limits, run
from studio.film.orders import FilmError, Picture, Probe, Proxy, Rendered, RenderSpec, Stills

QUICK = 60.0  # seconds of CPU time for any file; a healthy one takes about one
BYTES_A_SECOND = 10_000_000  # bytes of a file that are read per second of CPU time, at least
FULL_HD = 1920 * 1080  # pixels
BYTES_A_PIXEL = 60  # measured: 8K HEVC in 10 bit keeps 26 bytes in memory for each pixel of its frame
PROXY_EFFORT = 20.0  # seconds of CPU time for a second of film at 1080p; measured: 1 to 3
MOST_EFFORT = 7200.0  # seconds of CPU time for a proxy, at most
LONGEST_PROXY = 20 * 60  # seconds of film
HANGS_AFTER, SLOWDOWN = (
    900.0,
    10.0,
)  # the wall-clock limit: at least these seconds, and this many times the CPU time


def render(
    spec: RenderSpec, out_dir: Path, *, deadline: float, cancelled: Callable[[], bool] = lambda: False
) -> Rendered:
    """Render a clip into ``out_dir`` as clip.mp4, poster.jpg and preview.webp.

    ``deadline`` is in seconds from now. Raises FilmError, also if ``cancelled()`` becomes true.
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
        facts = run(order, folder, Limits(deadline + 1, deadline), cancelled)
        clip, poster_, preview_ = (
            _publish(folder / name, out_dir) for name in ("clip.mp4", "poster.jpg", "preview.webp")
        )
    return Rendered(clip=clip, poster=poster_, preview=preview_, **facts)


def probe(path: Path) -> Probe:
    """Read a video or audio file to its end and return its properties. Raises FilmError for other files."""
    with _private_folder(None) as folder:
        return Probe(**run({"task": "probe", "path": str(path.resolve())}, folder, _limits(path)))


def stills(path: Path, out_dir: Path, of: Probe | None = None) -> Stills:
    """Make the poster, thumbnail and preview of the video at ``path``. Raises FilmError.

    ``of`` is its probe, from which the memory for large frames is derived.
    """
    order = {"task": "stills", "path": str(path.resolve())}
    with _private_folder(out_dir) as folder:
        run(order, folder, _limits(path, of))
        return Stills(
            *(_publish(folder / name, out_dir) for name in ("poster.jpg", "thumb.jpg", "preview.webp"))
        )


def proxy(path: Path, out_dir: Path, of: Probe) -> Proxy:
    """Make a version of the video at ``path`` that every browser plays. Raises FilmError."""
    if of.duration > LONGEST_PROXY:
        raise FilmError(f"It is longer than {LONGEST_PROXY // 60} minutes.")
    order = {"task": "proxy", "path": str(path.resolve())}
    effort = min(MOST_EFFORT, of.duration * max(1.0, of.pixels / FULL_HD) * PROXY_EFFORT)
    with _private_folder(out_dir) as folder:
        made = run(order, folder, _limits(path, of, more=effort))
        return Proxy(_publish(folder / "proxy.mp4", out_dir), **made)


def picture(path: Path, out_dir: Path) -> Picture:
    """Read a still picture to its end and make its poster and thumbnail. Raises FilmError."""
    with _private_folder(out_dir) as folder:
        facts = run({"task": "picture", "path": str(path.resolve())}, folder, _limits(path))
        poster, thumb = (_publish(folder / name, out_dir) for name in ("poster.jpg", "thumb.jpg"))
    return Picture(**facts, stills=Stills(poster, thumb, None))


def _limits(path: Path, of: Probe | None = None, *, more: float = 0.0) -> Limits:
    """CPU time that grows with the size of the file, and memory that grows with the size of its frames.

    The wall-clock limit is generous and only ends a child that hangs, because a busy machine slows down every file.
    """
    size = path.stat().st_size if path.exists() else 0
    cpu_seconds = QUICK + size / BYTES_A_SECOND + more
    pixels = of.pixels if of else 0
    memory = MEMORY + max(0, pixels - FULL_HD) * BYTES_A_PIXEL
    return Limits(cpu_seconds, max(HANGS_AFTER, cpu_seconds * SLOWDOWN), memory)


@contextmanager
def _private_folder(out_dir: Path | None) -> Iterator[Path]:
    """A temporary folder for the child, in ``out_dir`` so that results can be published with a rename."""
    if out_dir:
        out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".film-", dir=out_dir, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _publish(made: Path, out_dir: Path) -> Path:
    final = out_dir / made.name
    os.replace(made, final)
    return final
