"""What every scene stands on: its size, its light, its random numbers, and the small tools of drawing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from PIL import Image, ImageDraw

from studio.film.reel.drawing.casting import Cast
from studio.film.reel.drawing.palettes import Palette
from studio.film.reel.drawing.picture import Floats, Picture

COARSE = 4  # the backdrop is painted at a quarter of the size


@dataclass(frozen=True, slots=True)
class Stage:
    """Sizes in pixels; ``seconds`` is the clip's length. ``rng`` is the clip's only source of chance."""

    width: int
    height: int
    seconds: float
    cast: Cast
    rng: np.random.Generator = field(repr=False)

    @property
    def palette(self) -> Palette:
        return self.cast.palette

    @property
    def coarse(self) -> tuple[int, int]:
        """Rows and columns of the backdrop."""
        return self.height // COARSE, self.width // COARSE

    @property
    def unit(self) -> int:
        """The short side: what sizes of things are measured in, so that they fit every ratio."""
        return min(self.width, self.height)

    def says(self, *words: str) -> bool:
        return not self.cast.words.isdisjoint(words)


class Scene(Protocol):
    def backdrop(self, t: float) -> Floats:
        """The soft far part at second ``t``: RGB 0..255, (rows, columns, 3) of any coarse size."""

    def paint(self, on: Picture, t: float) -> None:
        """Paint the crisp near part over the backdrop."""


def noise(
    rng: np.random.Generator, shape: tuple[int, int], cells: tuple[float, float], octaves: int = 4
) -> Floats:
    """Smooth noise, 0..1, with ``cells`` bumps down and across in the first octave. Repeats sideways."""
    total = np.zeros(shape, np.float32)
    weight = 0.0
    for octave in range(octaves):
        rows, columns = (max(2, round(count * 2**octave)) for count in cells)
        grid = rng.random((rows + 1, columns), np.float32)
        image = Image.fromarray(np.hstack([grid[:, -2:], grid, grid[:, :2]]))
        size, box = (shape[1], shape[0]), (2, 0, 2 + columns, rows + 1)
        total += np.asarray(image.resize(size, Image.Resampling.BICUBIC, box=box)) / 2**octave
        weight += 1 / 2**octave
    clipped: Floats = np.clip((total / weight - 0.5) * 1.7 + 0.5, 0, 1)
    return clipped


def smooth(x: Floats) -> Floats:
    """The smooth step from 0 at 0 to 1 at 1."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def ridge(
    rng: np.random.Generator, width: int, *, cells: float, roughness: float = 0.5, octaves: int = 7
) -> Floats:
    """A mountain line: ``width`` heights, 0..1. A higher ``roughness`` is more jagged."""
    line = np.zeros(width, np.float32)
    x = np.arange(width, dtype=np.float32) / width
    for octave in range(octaves):
        count = max(2, round(cells * 2**octave))
        points = rng.random(count + 2).astype(np.float32)
        at = x * count
        if octave < 2:  # the large forms are round, the small ones sharp
            at = np.floor(at) + smooth(at - np.floor(at))
        line += np.interp(at, np.arange(count + 2), points) * np.float32(roughness**octave)
    line -= line.min()
    return line / line.max()


def below(line: Floats, height: int, top: Floats, bottom: Floats) -> Floats:
    """RGBA of the ground below ``line`` (rows from the top of the layer), from colour ``top`` to ``bottom``."""
    rows = np.arange(height, dtype=np.float32)[:, None]
    return shaded(np.clip(rows - line[None] + 0.5, 0, 1), top, bottom)


def outline(
    width: int, height: int, draw: Callable[[ImageDraw.ImageDraw, int], None], fine: int = 2
) -> Floats:
    """The alpha, 0..1, of what ``draw(pen, scale)`` fills with 255, smoothed: drawn ``fine`` times larger."""
    sheet = Image.new("L", (width * fine, height * fine), 0)
    draw(ImageDraw.Draw(sheet), fine)
    return np.asarray(sheet.reduce(fine), np.float32) / 255


def shaded(alpha: Floats, top: Floats, bottom: Floats) -> Floats:
    """RGBA in the shape of ``alpha``, coloured from ``top`` down to ``bottom``."""
    height = alpha.shape[0]
    rgba = np.empty((*alpha.shape, 4), np.float32)
    rgba[..., :3] = top + (bottom - top) * np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    rgba[..., 3] = alpha
    return rgba


def drawn(width: int, height: int, draw: Callable[[ImageDraw.ImageDraw, int], None], fine: int = 3) -> Floats:
    """RGBA of what ``draw(pen, scale)`` draws, smoothed: it draws ``fine`` times larger than the result."""
    sheet = Image.new("RGBA", (width * fine, height * fine), (0, 0, 0, 0))
    draw(ImageDraw.Draw(sheet), fine)
    small = sheet.convert("RGBa").reduce(fine).convert("RGBA")
    rgba = np.asarray(small, np.float32).copy()
    rgba[..., 3] /= 255
    return rgba


def disc(radius: int, colour: Floats, softness: float = 1.5) -> Floats:
    """RGBA of a filled circle with a soft edge, ``softness`` pixels wide."""
    reach = radius + 4
    y, x = np.mgrid[-reach:reach, -reach:reach].astype(np.float32) + 0.5
    rgba = np.empty((2 * reach, 2 * reach, 4), np.float32)
    rgba[..., :3] = colour
    rgba[..., 3] = np.clip((radius - np.hypot(x, y)) / softness + 0.5, 0, 1)
    return rgba


def tint(colour: Floats) -> tuple[int, int, int, int]:
    """A colour as the pen takes it."""
    red, green, blue = (round(float(part)) for part in np.clip(colour, 0, 255))
    return red, green, blue, 255
