"""Moving over still pictures: a slow push and glide over each, fading from one to the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageOps

from studio.film.reel.drawing.picture import Bytes, Picture, scaled
from studio.film.reel.encoding import FPS

ROOM = 1.16  # how much larger than the frame a picture is kept, to move within
MOST_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")  # none that would start another program
FADE = 0.9  # seconds, less in short clips

Box = tuple[float, float, float, float]


def glide(paths: Sequence[Path], width: int, height: int, count: int, seed: int) -> Iterator[Picture]:
    """``count`` frames over the pictures in their order. Raises OSError or ValueError if one cannot be read."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow refuses at twice this
    shots = [_Shot.of(path, width, height, (seed >> number) % 4) for number, path in enumerate(paths)]
    span = count / len(shots)
    fade = min(FADE * FPS, span * 0.4)
    for index in range(count):
        number = min(int(index / span), len(shots) - 1)
        picture = shots[number].frame((index - number * span) / span)
        left = (number + 1) * span - index
        if left < fade and number + 1 < len(shots):
            _mix(picture, shots[number + 1].frame(-left / span), 1 - left / fade)
        yield picture


@dataclass(frozen=True, slots=True)
class _Shot:
    """One still as three planes, somewhat larger than the frame, and the way the camera takes over it."""

    planes: tuple[Image.Image, ...]
    width: int
    height: int
    way: int

    @classmethod
    def of(cls, path: Path, width: int, height: int, way: int) -> "_Shot":
        with Image.open(path, formats=FORMATS) as image:
            image.draft("RGB", (round(width * ROOM), round(height * ROOM)))
            upright = ImageOps.exif_transpose(image).convert("RGB")
        large = (round(width * ROOM / 2) * 2, round(height * ROOM / 2) * 2)
        fitted = ImageOps.fit(upright, large, Image.Resampling.LANCZOS)
        frame = scaled(av.VideoFrame.from_image(fitted), *large)
        picture = Picture.of(frame)
        planes = tuple(Image.fromarray(np.ascontiguousarray(p)) for p in (picture.y, picture.u, picture.v))
        return cls(planes, width, height, way)

    def frame(self, moment: float) -> Picture:
        """At ``moment`` 0..1 of its time; a fade may ask a little before or after."""
        zoom, x, y = self._camera(0.08 + 0.84 * (moment + 0.2) / 1.2)
        picture = Picture.of(av.VideoFrame(self.width, self.height, "yuv420p"))
        for plane, target in zip(self.planes, (picture.y, picture.u, picture.v), strict=True):
            target[...] = _window(plane, target.shape, zoom, x, y)
        return picture

    def _camera(self, at: float) -> tuple[float, float, float]:
        """Zoom within ROOM (1 is closest), and the place of the window, each 0..1."""
        push = at if self.way % 2 == 0 else 1 - at
        side = at if self.way < 2 else 1 - at
        return push, 0.3 + 0.4 * side, 0.5 - 0.15 * push


def _window(plane: Image.Image, shape: tuple[int, int], zoom: float, x: float, y: float) -> Bytes:
    """Boxes in fractions of a pixel: whole ones would make the camera shake."""
    height, width = shape
    scale = 1 + (ROOM - 1) * 0.85 * (1 - zoom)
    wide, tall = min(plane.width, width * scale), min(plane.height, height * scale)
    left, top = (plane.width - wide) * x, (plane.height - tall) * y
    box: Box = (left, top, left + wide, top + tall)
    return np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR, box=box))


def _mix(picture: Picture, other: Picture, share: float) -> None:
    weight = np.uint16(round(share * 256))
    pairs = ((picture.y, other.y), (picture.u, other.u), (picture.v, other.v))
    for target, source in pairs:
        mixed = np.multiply(target, np.uint16(256) - weight, dtype=np.uint16)
        mixed += np.multiply(source, weight, dtype=np.uint16)
        target[...] = mixed >> 8
