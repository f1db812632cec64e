"""Silk: a cloth of light in slow folds. For everything that is no place."""

import numpy as np

from studio.film.reel.drawing.palettes import colour
from studio.film.reel.drawing.picture import Floats, Picture
from studio.film.reel.drawing.stage import Stage, smooth
from studio.film.reel.scenes.sky import gradient


class Silk:
    def __init__(self, stage: Stage) -> None:
        rows, columns = stage.coarse
        scale = np.float32(4 / stage.unit)
        y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
        lean = 0.5 + 0.35 * stage.rng.random()
        self._x, self._y = (x + y * lean) * scale * 3.1, (y - x * lean * 0.4) * scale * 2.6
        self._phases = stage.rng.random(4) * 6.28
        self._ramp = gradient(stage.palette.sky_colours(), 256, 255, 1)[:, 0]
        self._shine = colour(stage.palette.sun)

    def backdrop(self, t: float) -> Floats:
        height, slope = self._folds(np.float32(t))
        light = smooth(0.52 + slope * 0.42)
        tone = np.clip(0.06 + 0.66 * light + 0.12 * height, 0, 1)
        sheen = np.exp(-(((slope - 0.62) / 0.3) ** 2)) * (0.12 + 0.3 * light)
        image = self._ramp[(tone * 255).astype(np.intp)]
        lit: Floats = image + (self._shine - image) * sheen[..., None]
        return lit

    def paint(self, on: Picture, t: float) -> None:
        """Nothing stands before the cloth."""

    def _folds(self, t: np.float32) -> tuple[Floats, Floats]:
        """Height and slope of the cloth. The folds run one way and only sway, so that they never close."""
        a, b, c, d = self._phases
        sway = 0.9 * np.sin(self._y * 0.9 + a + t * 0.32) + 0.4 * np.sin(self._y * 2.1 + b - t * 0.21)
        wide = self._x * 1.15 + sway + t * 0.18
        fine = self._x * 2.9 + sway * 2.3 + 0.8 * np.sin(self._y * 1.3 + c) - t * 0.35
        thin = self._x * 6.1 + sway * 3.4 + d + t * 0.2
        share = 0.5 + 0.5 * np.sin(self._y * 0.8 - self._x * 0.5 + t * 0.15 + d)
        height = np.sin(wide) + 0.45 * share * np.sin(fine)
        slope = np.cos(wide) + 0.85 * share * np.cos(fine) + 0.28 * (1 - share) * np.cos(thin)
        return height.astype(np.float32), slope.astype(np.float32)
