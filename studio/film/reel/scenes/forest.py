"""Pines behind pines, light falling between them, fireflies in the dark."""

import numpy as np
from PIL import ImageDraw

from studio.film.reel.drawing.palettes import colour
from studio.film.reel.drawing.picture import Floats, Layer, Picture
from studio.film.reel.drawing.stage import Stage, disc, outline, ridge, shaded, smooth
from studio.film.reel.scenes.land import Range
from studio.film.reel.scenes.sky import Sky


class Forest:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        sun = (0.34 + 0.32 * stage.rng.random(), 0.30)
        self.sky = Sky(stage, 0.9, sun, clouds=0.4)
        self._rays = _rays(stage, sun)
        self.range = Range(stage)
        for nearness in (0.0, 0.35, 0.68, 1.0):
            _wood(stage, self.range, nearness)
        self.motes = Motes(stage)

    def backdrop(self, t: float) -> Floats:
        image = self.sky.backdrop(t)
        breath = np.float32(0.8 + 0.2 * np.sin(t * 0.7))
        return image + (255 - image) * self._rays * breath

    def paint(self, on: Picture, t: float) -> None:
        self.sky.paint(on, t)
        self.range.paint(on, t)
        self.motes.paint(on, t)


def _rays(stage: Stage, sun: tuple[float, float]) -> Floats:
    """Fans of light from the sun down into the wood: share of the missing white, by colour."""
    rows, columns = stage.coarse
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    dx, dy = x - sun[0] * columns, y - sun[1] * rows
    angle = np.arctan2(dx, np.maximum(dy, 0.5))
    fan = np.zeros_like(angle)
    for pitch, phase in ((9, 0.3), (17, 2.1), (31, 4.4)):
        fan += np.cos(angle * pitch + phase)
    away = np.hypot(dx, dy) / (stage.unit / 4)
    strength = smooth((fan + 0.6) / 2.5) * np.exp(-away / 0.7) * smooth(dy / 12 + 0.4) * np.float32(0.42)
    rays: Floats = strength[..., None] * colour(stage.palette.glow) / 255
    return rays


def _wood(stage: Stage, into: Range, nearness: float) -> None:
    pace = 3 + 21 * nearness**1.5
    width = into.reach(pace)
    rng, unit = stage.rng, stage.unit
    tall = unit * (0.22 + 0.42 * nearness**1.4)
    top = round(stage.height * (0.62 + 0.30 * nearness) - tall)
    height = stage.height - top if nearness == 1 else round(tall + unit * 0.22)
    ground = tall - ridge(rng, width, cells=3, roughness=0.4) * unit * 0.05

    def draw(pen: ImageDraw.ImageDraw, scale: int) -> None:
        floor = [(x * scale, float(ground[x]) * scale) for x in range(0, width, 8)]
        pen.polygon([(0, height * scale), *floor, (width * scale, height * scale)], fill=255)
        x = -unit * 0.05
        while x < width + unit * 0.05:
            size = tall * (0.55 + 0.45 * rng.random() ** 0.7)
            at = min(max(round(x), 0), width - 1)
            _pine(pen, rng, x * scale, (float(ground[at]) + 4) * scale, size * scale)
            x += tall * (0.13 + 0.24 * rng.random()) * (1 + 0.9 * (nearness == 1) * rng.random())

    ink = stage.palette.land_colour(nearness)
    haze = colour(stage.palette.sky[-1])
    mist = ink + (haze - ink) * np.float32(0.6 * (1 - nearness))
    into.add(shaded(outline(width, height, draw), ink, mist), top, pace)


def _pine(pen: ImageDraw.ImageDraw, rng: np.random.Generator, x: float, foot: float, tall: float) -> None:
    """Tiers of branches that widen downwards, each a little ragged."""
    tiers = 9
    half = tall * (0.15 + 0.05 * rng.random())
    pen.rectangle((x - tall * 0.012, foot - tall * 0.2, x + tall * 0.012, foot), fill=255)
    for tier in range(tiers):
        top = foot - tall + tall * 0.86 * tier / tiers
        drop = tall * (0.16 + 0.03 * rng.random())
        wide = half * ((tier + 1) / tiers) ** 0.85
        left, right = wide * (0.85 + 0.3 * rng.random()), wide * (0.85 + 0.3 * rng.random())
        tips = [
            (x - left, top + drop),
            (x - left * 0.35, top + drop * 0.82),
            (x + right * 0.35, top + drop * 0.82),
        ]
        pen.polygon([(x, top), *tips[:2], (x, top + drop * 0.9), tips[2], (x + right, top + drop)], fill=255)


class Motes:
    """Fireflies at night, pollen by day: soft points that wander and pulse."""

    def __init__(self, stage: Stage) -> None:
        rng, self._stage = stage.rng, stage
        count = 18 if stage.palette.dark else 10
        radius = max(2, round(stage.unit * 0.0035))
        self._spot = Layer(disc(radius, colour(stage.palette.accent), softness=radius * 1.6))
        self._strength = 1.0 if stage.palette.dark else 0.6
        self._motes = rng.random((count, 4))

    def paint(self, on: Picture, t: float) -> None:
        for x, y, phase, pace in self._motes:
            left = (x + 0.03 * np.sin(t * (0.3 + pace * 0.5) + phase * 6.3)) * self._stage.width
            top = (0.45 + 0.5 * y + 0.03 * np.sin(t * (0.4 + phase) + pace * 6.3)) * self._stage.height
            pulse = max(0.0, np.sin(t * (0.8 + pace) + phase * 6.3)) * self._strength
            self._spot.paint(on, round(left), round(top), pulse)
