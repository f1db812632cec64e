"""The sky: a gradient, the glow around sun or moon, drifting cloud, stars."""

import numpy as np

from studio.film.reel.drawing.palettes import colour
from studio.film.reel.drawing.picture import Floats, Layer, Picture
from studio.film.reel.drawing.stage import Stage, disc, noise, smooth


class Sky:
    """Rows 0..``horizon`` (a share of the height) run through the palette; the disc stands at ``sun`` (shares)."""

    def __init__(
        self, stage: Stage, horizon: float, sun: tuple[float, float], *, clouds: float = 0.6
    ) -> None:
        self.stage, self.horizon, self.sun = stage, horizon, sun
        rows, columns = stage.coarse
        self._clear = gradient(stage.palette.sky_colours(), rows, max(2, round(rows * horizon)), columns)
        # Screened, not added: light on light nears white and never turns a strange colour.
        self._clear += (255 - self._clear) * _glow(stage, sun)
        self._cloud, self._lit = _clouds(stage, horizon, clouds)
        self._stars = Stars(stage, horizon) if stage.palette.dark else None
        self._disc = Layer(disc(round(stage.unit * 0.055), colour(stage.palette.sun)))

    def backdrop(self, t: float) -> Floats:
        drift = t * 0.35 * self.stage.width / 1280 + 40
        veil = _shifted(self._cloud, drift)[..., None]
        return self._clear + (self._lit - self._clear) * veil

    def paint(self, on: Picture, t: float, *, with_disc: bool = True) -> None:
        if self._stars:
            self._stars.paint(on, t)
        if with_disc:
            x, y = self.sun_at
            self._disc.paint(on, x - self._disc.width // 2, y - self._disc.height // 2, 0.96)

    @property
    def sun_at(self) -> tuple[int, int]:
        """Pixels from the left and the top."""
        return round(self.sun[0] * self.stage.width), round(self.sun[1] * self.stage.height)


class Stars:
    """Points of light that twinkle, thinning out towards the horizon."""

    def __init__(self, stage: Stage, horizon: float, count: int = 260) -> None:
        rng = stage.rng
        self._x = rng.integers(1, stage.width - 1, count)
        depth = rng.random(count) ** 1.6
        lowest = min(stage.height - 3, stage.height * horizon * 0.9)
        self._y = (depth * lowest).astype(int) + 1
        self._light = (rng.random(count) ** 3 * 150 + 30) * (1 - 0.75 * depth)
        self._phase, self._pace = rng.random(count) * 6.28, rng.random(count) * 2.5 + 0.8

    def paint(self, on: Picture, t: float) -> None:
        light = self._light * (0.72 + 0.28 * np.sin(self._phase + self._pace * t))
        for dx, dy, share in ((0, 0, 1.0), (1, 0, 0.45), (0, 1, 0.45), (1, 1, 0.2)):
            spot = (self._y + dy, self._x + dx)
            on.y[spot] = np.minimum(on.y[spot] + light * share, 235).astype(np.uint8)


def gradient(colours: list[Floats], rows: int, reach: int, columns: int) -> Floats:
    """``colours`` from the top down to row ``reach``, and the last one below it."""
    at = np.linspace(0, 1, len(colours)) ** 0.9
    y = np.clip(np.arange(rows) / reach, 0, 1)
    bands = np.stack([np.interp(y, at, [c[part] for c in colours]) for part in range(3)], axis=1)
    return np.repeat(bands[:, None].astype(np.float32), columns, axis=1)


def _glow(stage: Stage, sun: tuple[float, float]) -> Floats:
    """How much of the light that is missing to white it adds, by colour, 0..1."""
    rows, columns = stage.coarse
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    reach = stage.unit / 4
    away = np.hypot((x - sun[0] * columns) * 0.8, y - sun[1] * rows) / reach
    wide = 0.62 * np.exp(-((away / 0.5) ** 1.2))[..., None] * colour(stage.palette.glow) / 255
    tight = 0.6 * np.exp(-((away / 0.17) ** 1.2))[..., None] * colour(stage.palette.sun) / 255
    both: Floats = wide + tight - wide * tight
    return both


def _clouds(stage: Stage, horizon: float, amount: float) -> tuple[Floats, Floats]:
    """How dense the cloud is, 0..1 and twice as wide as the picture, and the colour it has in each place."""
    rows, columns = stage.coarse
    rough = noise(stage.rng, (rows, columns * 2), (7 * rows / 180, 5), 5)
    height = np.linspace(0, 1, rows, dtype=np.float32)[:, None] / horizon
    band = smooth(height * 2.2) * smooth((1.02 - height) * 3)  # none overhead, none on the horizon
    density = smooth((rough - 0.42) * 2.4) * band * np.float32(amount)
    colours = stage.palette.sky_colours()
    lit = gradient(colours[len(colours) // 2 :], rows, max(2, round(rows * horizon)), columns)
    return density, np.minimum(lit * 1.05 + 14, 255)


def _shifted(wide: Floats, drift: float) -> Floats:
    """The window of ``wide``'s half width that starts at ``drift`` columns, between columns smoothly."""
    columns = wide.shape[1] // 2
    whole = int(drift) % (columns - 1)
    part = np.float32(drift - int(drift))
    left, right = wide[:, whole : whole + columns], wide[:, whole + 1 : whole + 1 + columns]
    return left + (right - left) * part
