"""A clip graded anew: the same motion in the light of a palette, with falling-off corners."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from studio.film.orders import FilmError
from studio.film.reel.drawing.palettes import Palette, colour
from studio.film.reel.drawing.picture import Bytes, Floats, Picture, scaled
from studio.film.reel.encoding import FPS
from studio.film.reel.reading import NO_VIDEO, open_video

MOST_FRAMES_READ = 20_000  # of an input; one that shows nothing new for so long is not worth waiting for


def remix(path: Path, width: int, height: int, count: int, palette: Palette) -> Iterator[Picture]:
    """``count`` frames of the video, from its start again where it is shorter."""
    grade = Grade(palette, width, height)
    shown = 0
    while shown < count:
        before = shown
        for frame in _at_our_pace(path):
            yield grade.apply(_cover(frame, width, height))
            shown += 1
            if shown == count:
                return
        if shown == before:
            raise FilmError(NO_VIDEO)


def _at_our_pace(path: Path) -> Iterator[av.VideoFrame]:
    """Its frames once through, doubled or dropped to FPS."""
    with open_video(path) as video:
        start: float | None = None
        due = 0
        for number, frame in enumerate(video.container.decode(video.stream)):
            if number > MOST_FRAMES_READ:
                return
            time = frame.time if frame.time is not None else number / FPS
            start = time if start is None else start
            while due / FPS <= time - start + 1e-6 and due <= number * FPS:
                yield frame
                due += 1


def _cover(frame: av.VideoFrame, width: int, height: int) -> Picture:
    """The middle of the frame, filling the picture."""
    scale = max(width / frame.width, height / frame.height)
    large = [
        max(need, round(side * scale / 2) * 2)
        for side, need in ((frame.width, width), (frame.height, height))
    ]
    whole = Picture.of(scaled(frame, *large))
    left, top = ((have - need) // 4 * 2 for have, need in zip(large, (width, height), strict=True))
    picture = Picture.of(av.VideoFrame(width, height, "yuv420p"))
    picture.y[...] = whole.y[top : top + height, left : left + width]
    half = slice(top // 2, (top + height) // 2), slice(left // 2, (left + width) // 2)
    picture.u[...], picture.v[...] = whole.u[half], whole.v[half]
    return picture


class Grade:
    """Shadows lean to the palette's zenith, lights to its glow; a gentle contrast; a vignette."""

    def __init__(self, palette: Palette, width: int, height: int) -> None:
        level = np.linspace(0, 1, 256, dtype=np.float32)
        curve = 16 + 219 * (level + 0.10 * np.sin(2 * np.pi * (level - 0.5)) * 0.8)
        self._luma = np.clip(curve, 16, 235).astype(np.uint8)
        zenith, glow = _lean(colour(palette.sky[0])), _lean(colour(palette.glow))
        self._toward = [(low * 0.55, high * 0.5) for low, high in zip(zenith, glow, strict=True)]
        y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        self._vignette = (256 * (1 - 0.28 * np.clip((x**2 + y**2) / 2, 0, 1) ** 1.5)).astype(np.uint16)

    def apply(self, picture: Picture) -> Picture:
        y = np.multiply(self._luma[picture.y], self._vignette, dtype=np.uint16)
        picture.y[...] = y >> 8
        light = (picture.y[::2, ::2].astype(np.int16) - 16) * 149 >> 7  # 0..255, within 16 bits on the way
        for plane, (low, high) in zip((picture.u, picture.v), self._toward, strict=True):
            plane[...] = _shifted(plane, light, low, high)
        return picture


def _shifted(plane: Bytes, light: np.ndarray, low: float, high: float) -> Bytes:
    """Less of its own colour, and of the palette's ``low`` in the dark to ``high`` in the light."""
    own = (plane.astype(np.int16) - 128) * 11 >> 4
    lean = round(low) + (light * round(high - low) >> 8)
    shifted: Bytes = np.clip(own + lean + 128, 16, 240).astype(np.uint8)
    return shifted


def _lean(rgb: Floats) -> tuple[float, float]:
    luma = float(rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32))
    return float(rgb[2] - luma) * 0.473, float(rgb[0] - luma) * 0.558
