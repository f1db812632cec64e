"""Makes the files that studios send and browsers or probes stumble over: short, small, drawn for this purpose."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
import pytest

RATE = 24
type Maker = Callable[[Path], Path]
QUIET = {"x265-params": "log-level=none"}


def film(
    path: Path,
    codec: str = "libx264",
    *,
    pixels: str = "yuv420p",
    size: tuple[int, int] = (160, 90),
    seconds: float = 2.0,
    starts_at: int = 0,
    turned: int = 0,
    aspect: Fraction | None = None,
    sound: str = "",
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
) -> Path:
    """A bar wanders from the left, over red above blue. ``turned``: degrees to the left for the player."""
    with av.open(path, "w", options=container or {}) as file:
        video = file.add_stream(codec, rate=RATE, options=options or (QUIET if codec == "libx265" else {}))
        assert isinstance(video, av.VideoStream)
        video.width, video.height = size
        video.pix_fmt = pixels
        if aspect:
            video.codec_context.sample_aspect_ratio = aspect
        if turned:
            video.set_display_rotation(turned)
        audio = file.add_stream(sound, rate=48_000, layout="stereo") if sound else None
        for number in range(round(seconds * RATE)):
            frame = av.VideoFrame.from_ndarray(_drawn(number, *size), "rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = number + starts_at * RATE, Fraction(1, RATE)
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        if audio:
            _add_tone(file, audio, seconds)
    return path


def _film_apart(path: Path, codec: str, **how: Any) -> Path:
    """In a process of its own: as root, SVT-AV1 gives its process a real-time priority that starves all others."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        return apart.submit(film, path, codec, **how).result()


def tone(path: Path, codec: str = "aac", seconds: float = 2.0) -> Path:
    """Sound alone."""
    with av.open(path, "w") as file:
        _add_tone(file, file.add_stream(codec, rate=48_000, layout="stereo"), seconds)
    return path


def _drawn(number: int, width: int, height: int) -> np.ndarray:
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, :, 0] = 200
    image[height // 2 :, :, 2] = 200
    left = number * 2 % max(1, width - 8)
    image[:, left : left + 8] = 255
    return image


def _add_tone(file: Any, stream: Any, seconds: float) -> None:
    wave = np.sin(np.arange(1024) * 2 * np.pi * 440 / 48_000).astype(np.float32) * 0.2
    resampler = av.AudioResampler(stream.codec_context.format, "stereo", 48_000, frame_size=1024)
    for number in range(round(seconds * 48_000 / 1024)):
        block = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
        block.sample_rate, block.pts, block.time_base = 48_000, number * 1024, Fraction(1, 48_000)
        for fitted in resampler.resample(block):
            file.mux(stream.encode(fitted))
    file.mux(stream.encode(None))


def _each_once(makers: dict[str, Maker]) -> dict[str, Maker]:
    return {name: _once(name, make) for name, make in makers.items()}


def _once(name: str, make: Maker) -> Maker:
    """Several tests look at the same film: it is drawn once for each process."""

    @cache
    def drawn() -> bytes:
        with TemporaryDirectory() as folder:
            return make(Path(folder, name)).read_bytes()

    def copied(path: Path) -> Path:
        path.write_bytes(drawn())
        return path

    return copied


# What no common browser plays as it is, by name: a maker of each.
UNPLAYABLE: dict[str, Maker] = _each_once(
    {
        "hevc.mp4": lambda path: film(path, "libx265"),
        "hevc-10-bit.mp4": lambda path: film(path, "libx265", pixels="yuv420p10le"),
        "h264-10-bit.mp4": lambda path: film(path, pixels="yuv420p10le"),
        "h264-444.mp4": lambda path: film(path, pixels="yuv444p"),
        "mpeg-4.mp4": lambda path: film(path, "mpeg4"),
        "prores.mov": lambda path: film(path, "prores_ks", pixels="yuv422p10le", sound="pcm_s16le"),
        "h264.mov": lambda path: film(path, sound="aac"),
        "h264.mkv": lambda path: film(path),
        "mpeg-4.avi": lambda path: film(path, "mpeg4", sound="libmp3lame"),
        "mpeg-2.mpg": lambda path: film(path, "mpeg2video"),
        "mpeg-2.ts": lambda path: film(path, "mpeg2video"),
        "h264.flv": lambda path: film(path),
        "wmv.wmv": lambda path: film(path, "wmv2"),
        "one-hour.webm": lambda path: film(path, "libvpx-vp9", starts_at=3600),
        "pcm.mp4": lambda path: film(path, sound="ac3"),
    }
)
PLAYABLE: dict[str, Maker] = _each_once(
    {
        "h264.mp4": lambda path: film(path, sound="aac"),
        "fragments.mp4": lambda path: film(path, container={"movflags": "frag_keyframe+empty_moov"}),
        "vp8.webm": lambda path: film(path, "libvpx", sound="libopus"),
        "vp9.webm": lambda path: film(path, "libvpx-vp9"),
        "turned.mp4": lambda path: film(path, turned=90),
        "av1.mp4": lambda path: _film_apart(
            path, "libsvtav1", options={"preset": "12", "svtav1-params": "lp=1"}
        ),
    }
)
SOUND: dict[str, Maker] = _each_once(
    {
        "sound.mp4": tone,
        "sound.m4a": tone,
        "sound.mp3": lambda path: tone(path, "libmp3lame"),
        "sound.wav": lambda path: tone(path, "pcm_s16le"),
        "sound.flac": lambda path: tone(path, "flac"),
        "sound.webm": lambda path: tone(path, "libopus"),
        "sound.ogg": lambda path: tone(path, "libopus"),
    }
)

_QUICK = (
    "hevc-10-bit.mp4",
    "prores.mov",
    "mpeg-2.ts",
    "pcm.mp4",
)  # another codec, depth, container and sound
EACH_UNPLAYABLE = [
    pytest.param(name, marks=[] if name in _QUICK else pytest.mark.slow) for name in UNPLAYABLE
]
