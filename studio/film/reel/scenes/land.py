"""Mountains in mist and dunes in dust: lines behind lines, gliding past at their own pace."""

import numpy as np

from studio.film.reel.drawing.palettes import colour
from studio.film.reel.drawing.picture import Floats, Picture, Strip
from studio.film.reel.drawing.stage import Stage, below, ridge, smooth
from studio.film.reel.scenes.sky import Sky


class Range:
    """Strips from far to near, each with the row of its top and its pace in pixels a second."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._strips: list[tuple[Strip, int, float]] = []

    def reach(self, pace: float) -> int:
        """How wide a strip must be to last the whole clip at ``pace`` (pixels of 1280 a second)."""
        return self._stage.width + round(self._pixels(pace) * (self._stage.seconds + 1)) + 4

    def add(self, rgba: Floats, top: int, pace: float) -> None:
        self._strips.append((Strip(rgba), top, self._pixels(pace)))

    def paint(self, on: Picture, t: float) -> None:
        for strip, top, pace in self._strips:
            strip.paint(on, pace * t, top)

    def _pixels(self, pace: float) -> float:
        return pace * self._stage.width / 1280


class Mountains:
    def __init__(self, stage: Stage) -> None:
        rng = stage.rng
        self.sky = Sky(stage, 0.74, (0.3 + 0.4 * rng.random(), 0.30 + 0.1 * rng.random()))
        self.range = Range(stage)
        haze = colour(stage.palette.sky[-1])
        for nearness in np.linspace(0, 1, 5):
            _mountain(stage, self.range, float(nearness), haze)

    def backdrop(self, t: float) -> Floats:
        return self.sky.backdrop(t)

    def paint(self, on: Picture, t: float) -> None:
        self.sky.paint(on, t)
        self.range.paint(on, t)


def _mountain(stage: Stage, into: Range, nearness: float, haze: Floats) -> None:
    """One line of mountains; its foot stands in mist, the thicker the farther."""
    pace = 3 + 21 * nearness**1.6
    width = into.reach(pace)
    line = ridge(
        stage.rng, width, cells=(2.2 + nearness) * width / stage.unit / 1.6, roughness=0.46 + 0.05 * nearness
    )
    peak = stage.unit * (0.34 - 0.12 * nearness)
    top = stage.height * (0.40 + 0.37 * nearness) - (0.03 * stage.unit if nearness < 0.1 else 0)
    last = nearness > 0.99
    height = round(stage.height - top) if last else round(peak + stage.unit * 0.24)
    ink = stage.palette.land_colour(nearness)
    foot = ink if last else ink + (haze - ink) * np.float32(0.62 - 0.3 * nearness)
    into.add(below((1 - line**1.15) * peak + 1, height, ink, foot), round(top), pace)


class Desert:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._sun = 0.28 + 0.44 * stage.rng.random()
        self.sky = Sky(stage, 0.62, (self._sun, 0.40), clouds=0.35)
        self.range = Range(stage)
        for number in range(4):
            self._dune(number / 3)

    def backdrop(self, t: float) -> Floats:
        return self.sky.backdrop(t)

    def paint(self, on: Picture, t: float) -> None:
        self.sky.paint(on, t)
        self.range.paint(on, t)

    def _dune(self, nearness: float) -> None:
        stage, pace = self.stage, 3 + 21 * nearness**1.5
        width = self.range.reach(pace)
        cells = (3.2 - 1.4 * nearness) * width / stage.unit / 2
        line = ridge(stage.rng, width, cells=cells, roughness=0.22, octaves=2)
        top = round(stage.height * (0.54 + 0.2 * nearness))
        last = nearness > 0.99
        height = stage.height - top if last else round(stage.unit * 0.36)
        rise = stage.unit * (0.10 + 0.10 * nearness)
        self.range.add(self._sand((1 - line) * rise + 1, height, nearness), top, pace)

    def _sand(self, line: Floats, height: int, nearness: float) -> Floats:
        """Lit where the slope faces the sun; a sharp crest divides light from shade; ripples in front."""
        stage, palette = self.stage, self.stage.palette
        dark = palette.land_colour(0.25 + 0.6 * nearness)
        light = palette.land_colour(0.08 + 0.3 * nearness) * 0.75 + colour(palette.sun) * 0.25
        rows = np.arange(height, dtype=np.float32)[:, None]
        depth = np.clip((rows - line[None]) / (stage.unit * 0.3), 0, 1)
        columns = np.arange(line.size, dtype=np.float32)
        # The crest's shadow line wanders to one side as it comes down the dune.
        slope = np.interp(columns[None] + depth * stage.unit * 0.16, columns, np.gradient(line))
        facing = smooth(0.5 - slope.astype(np.float32) * 2.6)
        ripple = np.sin((columns[None] * 0.35 + rows * 2.2 + slope * 90) * (720 / stage.unit) * 0.42)
        facing = np.clip(facing + ripple * 0.05 * nearness * depth, 0, 1)
        rgba = below(line, height, dark, dark)
        rgba[..., :3] += (light - dark) * (facing * (1 - 0.45 * depth))[..., None]
        return rgba
