"""A skyline in three depths, windows lit, over still water."""

import numpy as np

from studio.film.reel.drawing.palettes import colour
from studio.film.reel.drawing.picture import Floats, Layer, Picture
from studio.film.reel.drawing.stage import Stage, disc
from studio.film.reel.scenes.land import Range
from studio.film.reel.scenes.mirror import Mirror
from studio.film.reel.scenes.sky import Sky

SHORE = 0.80


class City:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.sky = Sky(stage, SHORE, (0.25 + 0.5 * stage.rng.random(), 0.26), clouds=0.5)
        self.range = Range(stage)
        self._masts: list[tuple[float, float, float]] = []
        for nearness in (0.0, 0.45, 1.0):
            self._block(nearness)
        self._lamp = Layer(disc(max(2, round(stage.unit * 0.004)), np.array([255, 70, 60], np.float32), 3))
        self.water = Mirror(stage, SHORE, colour(stage.palette.sky[0]) * 0.5)

    def backdrop(self, t: float) -> Floats:
        return self.sky.backdrop(t)

    def paint(self, on: Picture, t: float) -> None:
        self.sky.paint(on, t)
        self.range.paint(on, t)
        for x, y, pace in self._masts:
            if (t + x) % 1.6 < 0.8:
                self._lamp.paint(
                    on, round(x - pace * t) - self._lamp.width // 2, round(y) - self._lamp.height // 2
                )
        self.water.paint(on, t)

    def _block(self, nearness: float) -> None:
        """One row of buildings on the shore line."""
        stage, rng = self.stage, self.stage.rng
        pace = 3 + 21 * nearness**1.2
        width = self.range.reach(pace)
        tall = round(stage.unit * (0.52 - 0.22 * nearness))
        rgba = np.zeros((tall, width, 4), np.float32)
        x = -round(stage.unit * 0.03 * rng.random())
        while x < width:
            wide = round(stage.unit * (0.05 + 0.09 * rng.random()))
            high = round(tall * (0.30 + 0.55 * rng.random() ** 1.7))
            _building(stage, rgba, (x, wide, high), nearness)
            if nearness == 0 and high > tall * 0.62 and 0 < x < width - wide:
                self._raise_mast(rgba, x + wide // 2, high, pace)
            x += wide + round(stage.unit * 0.03 * max(0.0, rng.random() - 0.45))
        self.range.add(rgba, round(stage.height * SHORE) - tall, pace)

    def _raise_mast(self, rgba: Floats, x: int, high: int, pace: float) -> None:
        """A mast with a warning lamp on a tall building."""
        stage, tall = self.stage, rgba.shape[0]
        tip = min(tall, round(high * 1.16))
        rgba[tall - tip : tall - high, x : x + 2] = (*stage.palette.land_colour(0), 1)
        self._masts.append((x + 1, stage.height * SHORE - tip, pace * stage.width / 1280))


def _building(stage: Stage, rgba: Floats, place: tuple[int, int, int], nearness: float) -> None:
    """A body that fades into the haze at its foot, a top of its own, and windows."""
    rng, palette = stage.rng, stage.palette
    x, wide, high = place
    tall, width = rgba.shape[:2]
    left, right = max(0, x), min(width, x + wide)
    if left >= right:
        return
    ink = palette.land_colour(nearness) * np.float32(0.9 + 0.2 * rng.random())
    haze = colour(palette.sky[-2])
    down = np.linspace(0, 1, high, dtype=np.float32)[:, None, None]
    body = ink + (haze - ink) * down**1.5 * np.float32(0.5 - 0.42 * nearness)
    rgba[tall - high :, left:right, :3], rgba[tall - high :, left:right, 3] = body, 1
    shade = slice(left + (right - left) * 2 // 3, right)
    rgba[tall - high :, shade, :3] *= 0.88  # the side away from the light
    _roof(rng, rgba, (left, right, tall - high), ink)
    if nearness > 0:
        _windows(stage, rgba[tall - high :, left:right], nearness)


def _roof(rng: np.random.Generator, rgba: Floats, place: tuple[int, int, int], ink: Floats) -> None:
    left, right, top = place
    middle, wide = (left + right) // 2, right - left
    kind = rng.integers(4)
    rise = min(top, round(wide * (0.2 + 0.3 * rng.random())))
    if kind == 0:  # a set-back
        rgba[top - rise : top, left + wide // 5 : right - wide // 5] = (*ink, 1)
    elif kind == 1:  # a mast
        rgba[max(0, top - 2 * rise) : top, middle : middle + 2] = (*ink, 1)
        rgba[top - rise // 2 : top, middle - wide // 6 : middle + wide // 6] = (*ink, 1)
    elif kind == 2:  # a slant
        for column in range(left, right):
            cut = round(rise * (column - left) / max(1, wide))
            rgba[top - cut : top, column] = (*ink, 1)


def _windows(stage: Stage, facade: Floats, nearness: float) -> None:
    """A grid of panes, some lit, in whole floors and lone rooms."""
    rng, palette = stage.rng, stage.palette
    pane = max(2, round(stage.unit * 0.0055 * (0.6 + 0.6 * nearness)))
    step = pane * 5 // 2
    lit = 0.42 if palette.dark else 0.16
    lamps = colour(palette.accent), colour("ffdf9e"), colour(palette.sun)
    tone = lamps[int(rng.integers(3))]
    margin = max(step // 2, (facade.shape[1] % step) // 2)
    for y in range(step, facade.shape[0] - step, step):
        busy = lit * (0.25 + 1.5 * rng.random())
        for x in range(margin, facade.shape[1] - step // 2, step):
            if rng.random() < busy:
                light = tone * np.float32(0.45 + 0.55 * rng.random())
                facade[y : y + pane * 5 // 4, x : x + pane, :3] = light * 0.85 + facade[y, x, :3] * 0.15
