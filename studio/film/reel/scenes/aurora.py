"""Northern lights over mountains and a lake."""

import numpy as np

from studio.film.reel.drawing.palettes import colour
from studio.film.reel.drawing.picture import Floats, Picture
from studio.film.reel.drawing.stage import Stage, below, ridge, smooth
from studio.film.reel.scenes.land import Range
from studio.film.reel.scenes.mirror import Mirror
from studio.film.reel.scenes.sky import Sky

SHORE = 0.80


class Aurora:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.sky = Sky(stage, SHORE, (0.5, -0.5), clouds=0.15)
        self._curtains = [Curtain(stage, 0.40 - 0.09 * number, number) for number in range(3)]
        self.range = Range(stage)
        for nearness in (0.1, 0.55, 1.0):
            self._mountain(nearness)
        self.lake = Mirror(stage, SHORE, colour(stage.palette.sky[0]) * 0.6, dim=0.72)

    def backdrop(self, t: float) -> Floats:
        image = self.sky.backdrop(t)
        for curtain in self._curtains:
            image = image + (255 - image) * curtain.light(t)
        return image

    def paint(self, on: Picture, t: float) -> None:
        self.sky.paint(on, t, with_disc=False)
        self.range.paint(on, t)
        self.lake.paint(on, t)

    def _mountain(self, nearness: float) -> None:
        stage, pace = self.stage, 2 + 8 * nearness
        width = self.range.reach(pace)
        line = ridge(stage.rng, width, cells=2.4 * width / stage.unit / 1.6, roughness=0.5)
        tall = round(stage.unit * (0.30 - 0.17 * nearness))
        ink = stage.palette.land_colour(nearness)
        foot = ink + (colour(stage.palette.sky[-1]) - ink) * np.float32(0.25 * (1 - nearness))
        ground = below((1 - line) * tall * 0.96, tall, ink, foot)
        self.range.add(ground, round(stage.height * SHORE) - tall, pace)


class Curtain:
    """One band of light: a sharp lower hem that waves, rays that fade upwards."""

    def __init__(self, stage: Stage, hem: float, number: int) -> None:
        rows, columns = stage.coarse
        self._rows = np.arange(rows, dtype=np.float32)[:, None]
        self._x = np.arange(columns, dtype=np.float32)[None] / (stage.unit / 4)
        self._hem, self._height = hem * rows, rows * (0.30 - 0.05 * number)
        self._phase = stage.rng.random(5) * 6.28
        low, high = colour(stage.palette.accent), colour("8a5bd6")
        self._low, self._high = low / 255 * np.float32(1.7 - 0.35 * number), high / 255 * np.float32(1.1)

    def light(self, t: float) -> Floats:
        """Share of the missing white, by colour."""
        a, b, c, d, e = self._phase
        x, at = self._x, np.float32(t)
        wave = np.sin(x * 1.5 + a + at * 0.25) * 0.10 + np.sin(x * 3.4 + b - at * 0.35) * 0.045
        above = (self._hem + wave * self._rows.size - self._rows) / self._height
        rays = (
            0.6
            + 0.25 * np.sin(x * 19 + c + 2 * np.sin(x * 2 + at * 0.5))
            + 0.15 * np.sin(x * 43 + d - at * 1.3)
        )
        glow = 0.55 + 0.45 * np.sin(x * 1.1 + e + at * 0.4)
        body = smooth(above * 9 + 0.5) * np.exp(-np.maximum(above, 0) * 2.6) * rays * glow
        fringe = smooth(np.clip(above, 0, 1) * 2.2)[..., None]
        light: Floats = body[..., None] * (self._low * (1 - fringe) + self._high * fringe)
        return np.minimum(light, 0.95)
