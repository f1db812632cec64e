"""The sea under a low sun; with a lighthouse on its headland when the prompt asks for one."""

import numpy as np
from PIL import ImageDraw

from studio.film.reel.drawing.palettes import colour
from studio.film.reel.drawing.picture import Floats, Layer, Picture, Strip, Words
from studio.film.reel.drawing.stage import Stage, below, drawn, ridge, smooth, tint
from studio.film.reel.scenes.lighthouse import Lighthouse
from studio.film.reel.scenes.sky import Sky

HORIZON = 0.64


class Sea:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        sun = (0.36 + 0.06 * stage.rng.random(), HORIZON - 0.075)
        self.sky = Sky(stage, HORIZON, sun)
        self.water = Water(stage, sun[0])
        self.coast = _coast(stage)
        self.lighthouse = Lighthouse(stage, HORIZON) if stage.says("lighthouse", "beacon") else None
        self.gulls = Gulls(stage)

    def backdrop(self, t: float) -> Floats:
        image = self.sky.backdrop(t)
        if self.lighthouse:
            image = image + self.lighthouse.light(t)
        self.water.reflect(image, t)
        return image

    def paint(self, on: Picture, t: float) -> None:
        self.sky.paint(on, t)
        self.coast.paint(
            on, 20 + 6 * t * self.stage.width / 1280, self.horizon_row - 60 * self.stage.height // 720
        )
        self.water.paint(on, t)
        if self.lighthouse:
            self.lighthouse.paint(on, t)
        self.gulls.paint(on, t)

    @property
    def horizon_row(self) -> int:
        return round(HORIZON * self.stage.height)


class Water:
    """Everything below the horizon: the sky mirrored in ripples, and glitter under the sun."""

    def __init__(self, stage: Stage, sun: float) -> None:
        self.stage = stage
        rows, columns = stage.coarse
        self._first = round(rows * HORIZON)
        self._row = np.arange(rows - self._first, dtype=np.float32)[:, None]
        self._column = np.arange(columns, dtype=np.float32)[None]
        depth = self._row / (rows - self._first)
        deep = colour(stage.palette.sky[1]) * np.float32(0.5) + colour(stage.palette.sky[2]) * np.float32(
            0.18
        )
        self._deep = deep[None, None]
        self._veil = (0.12 + 0.6 * depth**0.8)[..., None]
        self._top = round(stage.height * HORIZON)
        self._glitter = Glitter(stage, self._top, sun)

    def reflect(self, image: Floats, t: float) -> None:
        """Fill ``image`` below the horizon with the mirror of what is above."""
        near = 1 + self._row * 0.085
        wave = np.sin(self._column / (3.2 * near) + t * 0.9) + np.sin(
            self._column / (7.1 * near) - t * 1.3 + 2
        )
        wave += np.sin(self._row * 14 / near + t * 2.1) * 1.4
        rows = self._first - 1 - self._row * 0.95 + wave * near * 0.42
        rows = np.clip(rows, 0, self._first - 1).astype(np.intp)
        columns = np.broadcast_to(self._column.astype(np.intp), rows.shape)
        mirror = image[rows, columns]
        image[self._first :] = mirror + (self._deep - mirror) * self._veil

    def paint(self, on: Picture, t: float) -> None:
        self._glitter.paint(on, t)


class Glitter:
    """Sparks on the water: two patterns of streaks slide against each other, and light where they meet."""

    def __init__(self, stage: Stage, top: int, sun: float) -> None:
        self.stage, self.top = stage, top
        height, width = stage.height - top, stage.width
        self._one = _streaks(stage, height, width + 200)
        self._other = np.ascontiguousarray(self._one[:, ::-1])
        x = np.arange(width, dtype=np.float32)[None] / stage.unit - sun * width / stage.unit
        depth = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        path = np.exp(-((x / (0.07 + 0.2 * depth)) ** 2)) * (1 - 0.55 * depth)
        strength = 0.05 * smooth(depth * 6) + (0.5 if stage.palette.dark else 0.95) * path
        self._gain = (strength * 250).astype(np.uint16)

    def paint(self, on: Picture, t: float) -> None:
        shift = round(t * 9 * self.stage.width / 1280) % 100
        width = self.stage.width
        spark = np.multiply(
            self._one[:, shift : shift + width], self._other[:, 200 - shift : 200 - shift + width]
        )
        spark >>= 8
        spark *= self._gain
        spark >>= 8
        target = on.y[self.top :]
        spark += target
        target[...] = np.minimum(spark, 235)


def _streaks(stage: Stage, height: int, width: int) -> Words:
    """Flat bright lenses, small at the horizon and large in front; 0..255."""
    grain: Floats = stage.rng.random((256, 512), np.float32)
    grain = (grain + np.roll(grain, 1, 0) + np.roll(grain, 1, 1) + np.roll(grain, (1, 1), (0, 1))) / 4
    across = (np.arange(width) - width / 2) * (720 / stage.unit)
    mixed = np.empty((height, width), np.float32)
    for row in range(height):
        near = (row + 1) / height
        line, part = divmod(70 * np.log10(1 + near * 9) * (height / 260) ** 0.5, 1)
        one, other = grain[int(line) % 256], grain[int(line + 1) % 256]
        mixed[row] = np.interp(across / (7 + 55 * near) + 256, np.arange(512), one + (other - one) * part)
    return (smooth((mixed - 0.42) * 3.2) * 255).astype(np.uint16)


def _coast(stage: Stage) -> Strip:
    """Low islands, far out."""
    height, width = 60 * stage.height // 720, stage.width + 200
    line = ridge(stage.rng, width, cells=3.2, roughness=0.55)
    line = np.clip(line * 1.5 - 0.75, 0, 1)
    land = stage.palette.land_colour(0.12)
    haze = land * 0.55 + colour(stage.palette.sky[-1]) * 0.45
    return Strip(below(height + 1 - line * height * 0.5, height, land, haze))


class Gulls:
    """A few birds crossing slowly, beating their wings."""

    def __init__(self, stage: Stage, count: int = 5) -> None:
        self.stage, rng = stage, stage.rng
        ink = stage.palette.land_colour(0.85)
        self._sizes = [[_gull(size, beat, ink) for beat in range(8)] for size in (10, 14, 19)]
        self._birds = [
            (
                rng.random(),
                0.16 + 0.26 * rng.random(),
                0.012 + 0.02 * rng.random(),
                int(rng.integers(3)),
                rng.random() * 8,
            )
            for _ in range(count)
        ]

    def paint(self, on: Picture, t: float) -> None:
        for x, y, pace, size, phase in self._birds:
            beat = int(phase + t * (9 - size * 1.5)) % 8
            left = ((x + pace * t) % 1.1 - 0.05) * self.stage.width
            top = (y + 0.012 * np.sin(t * 0.7 + phase)) * self.stage.height
            self._sizes[size][beat].paint(on, round(left), round(float(top)))


def _gull(size: int, beat: int, ink: Floats) -> Layer:
    lift = float(np.sin(beat / 8 * 2 * np.pi))

    def draw(pen: ImageDraw.ImageDraw, scale: int) -> None:
        middle, reach = size * scale, size * scale
        tip = middle - lift * reach * 0.55
        elbow = middle - lift * reach * 0.15 - reach * 0.22
        for side in (-1, 1):
            wing = [
                (middle, middle),
                (middle + side * reach * 0.45, elbow),
                (middle + side * reach * 0.95, tip),
            ]
            pen.line(wing, fill=tint(ink), width=max(2, round(scale * size * 0.11)), joint="curve")

    return Layer(drawn(size * 2, size * 2, draw))
