"""A planet turning in front of a nebula, its moon passing, a falling star."""

import numpy as np

from studio.film.reel.drawing.palettes import colour
from studio.film.reel.drawing.picture import Floats, Layer, Picture
from studio.film.reel.drawing.stage import Stage, noise, smooth
from studio.film.reel.scenes.sky import Stars


class Space:
    def __init__(self, stage: Stage) -> None:
        self.stage, rng = stage, stage.rng
        side = -1 if rng.random() < 0.5 else 1
        self._at = (0.5 + side * 0.16, 0.56)
        self._radius = round(stage.unit * 0.29)
        self._nebula = _nebula(stage)
        self._halo = _halo(stage, self._at, self._radius)
        self._stars = Stars(stage, 1.35, 420)
        self._planet = Layer(_globe(stage, self._radius, banded=True))
        self._moon = Layer(_globe(stage, round(self._radius * 0.16), banded=False))

    def backdrop(self, t: float) -> Floats:
        columns = self.stage.coarse[1]
        drift = t * 1.2 + 10
        whole = int(drift)
        part = np.float32(drift - whole)
        left, right = (
            self._nebula[:, whole : whole + columns],
            self._nebula[:, whole + 1 : whole + 1 + columns],
        )
        cloud = left + (right - left) * part
        return cloud + (255 - cloud) * self._halo

    def paint(self, on: Picture, t: float) -> None:
        self._stars.paint(on, t)
        x, y = self._at[0] * self.stage.width, self._at[1] * self.stage.height
        angle = 2.4 + t * 0.16
        moon = x + np.cos(angle) * self._radius * 1.75, y - np.sin(angle) * self._radius * 0.62
        self._centre(on, self._planet, x, y)
        self._centre(on, self._moon, *moon)

    @staticmethod
    def _centre(on: Picture, layer: Layer, x: float, y: float) -> None:
        layer.paint(on, round(x) - layer.width // 2, round(y) - layer.height // 2)


def _nebula(stage: Stage) -> Floats:
    """Twice as wide as the picture, to drift through."""
    rows, columns = stage.coarse
    shape = (rows, columns * 2)
    sky = stage.palette.sky_colours()
    dark = sky[0] * np.float32(0.4)
    gas, dust = noise(stage.rng, shape, (3, 6), 5), noise(stage.rng, shape, (2, 4), 4)
    warm, cool = colour(stage.palette.glow), sky[len(sky) // 2]
    image: Floats = dark + (cool - dark) * (smooth((gas - 0.4) * 1.5) * 0.6)[..., None]
    return image + (warm - image) * (smooth((dust - 0.5) * 2) * gas**2 * 0.45)[..., None]


def _halo(stage: Stage, at: tuple[float, float], radius: int) -> Floats:
    """The air of the planet, glowing on its lit side."""
    rows, columns = stage.coarse
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    dx, dy = x - at[0] * columns, y - at[1] * rows
    beyond = np.maximum(np.hypot(dx, dy) - radius / 4, 0) / (radius / 4)
    lit = np.clip(0.45 - (dx + dy * 0.7) / (radius / 2.2), 0.05, 1)
    strength = 0.75 * np.exp(-beyond / 0.07) * lit + 0.2 * np.exp(-beyond / 0.35) * lit
    halo: Floats = strength[..., None] * colour(stage.palette.glow) / 255
    return halo


def _globe(stage: Stage, radius: int, *, banded: bool) -> Floats:
    """A shaded sphere, lit from the upper left; ``banded`` like a gas giant, else cratered."""
    reach = radius + 2
    y, x = np.mgrid[-reach:reach, -reach:reach].astype(np.float32) + 0.5
    far = np.hypot(x, y) / radius
    z = np.sqrt(np.clip(1 - far**2, 0, 1))
    nx, ny = x / radius, y / radius
    rough = noise(stage.rng, x.shape, (5, 5) if banded else (9, 9), 4)
    palette = stage.palette
    surface: Floats
    if banded:
        latitude = ny * 0.94 + nx * 0.34
        flow = (
            np.sin(latitude * 9 + (rough - 0.5) * 1.6) * 0.5
            + np.sin(latitude * 23 + (rough - 0.5) * 3) * 0.25
        )
        tone = smooth(flow * 0.6 + 0.5)[..., None]
        light = colour(palette.sky[-1]) * 0.8 + colour(palette.sun) * 0.2
        surface = palette.land_colour(0.15) * (1 - tone) + light * tone
    else:
        surface = np.array([196, 190, 184], np.float32) * (0.55 + 0.45 * rough)[..., None]
    sunlight = np.clip(-0.62 * nx - 0.48 * ny + 0.62 * z, 0, 1)[..., None]
    rim = (
        (np.clip(far, 0, 1) ** 6)[..., None]
        * np.clip(0.4 - nx - ny, 0, 1)[..., None]
        * colour(palette.glow)
        * 0.45
    )
    rgb = surface * (0.045 + sunlight**0.85 * 1.05) + rim * (0.15 + sunlight)
    alpha = np.clip((1 - far) * radius + 0.5, 0, 1)
    return np.concatenate([np.clip(rgb, 0, 255), alpha[..., None]], axis=2).astype(np.float32)
