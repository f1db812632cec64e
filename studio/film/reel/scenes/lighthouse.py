"""A lighthouse on its headland: shaded by the sun's side, its lamp turning."""

import numpy as np
from PIL import ImageDraw

from studio.film.reel.drawing.palettes import colour
from studio.film.reel.drawing.picture import Floats, Layer, Picture
from studio.film.reel.drawing.stage import Stage, below, disc, drawn, ridge, smooth, tint

TURN = 6.0  # seconds for one turn of the lamp
FINE = 3  # drawn three times as large, then smoothed


class Lighthouse:
    def __init__(self, stage: Stage, horizon: float) -> None:
        self.stage = stage
        tall = stage.unit * (0.46 if stage.width >= stage.height else 0.52)
        self._x = round(stage.width * (0.72 if stage.width >= stage.height else 0.66))
        self._foot = round(stage.height * horizon - stage.unit * 0.035)
        self._tower = Layer(_tower(stage, round(tall)))
        self._lamp = (self._x, self._foot - round(tall * 0.865))
        self._rock, self._rock_top = _headland(stage, self._x, self._foot)
        self._flare = Layer(disc(max(3, round(tall * 0.026)), np.array([255, 250, 230], np.float32), 3))
        self._beams = _beams(stage, self._lamp)

    def light(self, t: float) -> Floats:
        """What the lamp adds to the backdrop: two beams that swing round, and a burst when one points at us."""
        angle = 2 * np.pi * t / TURN + 0.6
        left, right, burst = self._beams
        facing = max(0.0, float(np.sin(angle))) ** 6
        swing = float(np.cos(angle))
        beams: Floats = left * max(0.12, swing) + right * max(0.12, -swing)
        return beams + burst * np.float32(0.35 + facing)

    def paint(self, on: Picture, t: float) -> None:
        self._rock.paint(on, 0, self._rock_top)
        self._tower.paint(on, self._x - self._tower.width // 2, self._foot - self._tower.height + 4)
        x, y = self._lamp
        self._flare.paint(on, x - self._flare.width // 2, y - self._flare.height // 2)


def _beams(stage: Stage, lamp: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    rows, columns = stage.coarse
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    dx, dy = x - lamp[0] / 4, y - lamp[1] / 4
    reach = stage.unit / 4
    light = colour(stage.palette.accent) * np.float32(0.5)
    masks = []
    for side in (-1, 1):
        along = np.maximum(dx * side, 0.01)
        spread = 1.2 + along * 0.075
        cone = (
            np.exp(-((dy + along * 0.02) ** 2) / spread**2)
            * np.exp(-along / (reach * 0.85))
            * smooth(along / 4)
        )
        masks.append(cone[..., None] * light)
    away = np.hypot(dx, dy)
    burst = (0.9 * np.exp(-away / (reach * 0.035)) + 0.35 * np.exp(-away / (reach * 0.16)))[..., None] * light
    return masks[0], masks[1], burst * np.float32(1.6)


def _tower(stage: Stage, tall: int) -> Floats:
    """The tower standing on its last row: body in bands, gallery, lantern, dome."""
    wide = round(tall * 0.34)
    body = _body(stage, tall * FINE, wide * FINE)
    body = body.reshape(tall, FINE, wide, FINE, 4)
    weight = body[..., 3:].mean((1, 3))
    rgb = (body[..., :3] * body[..., 3:]).mean((1, 3)) / np.maximum(weight, 1e-6)
    tower = np.concatenate([rgb, weight], axis=2)
    return _over(
        drawn(wide, tall, lambda pen, scale: _ironwork(stage, pen, wide * scale, tall * scale)), tower
    )


def _body(stage: Stage, tall: int, wide: int) -> Floats:
    """A tapering cylinder, lit from the left where the sun is, with a bounce of sky on its dark side."""
    y, x = np.mgrid[0:tall, 0:wide].astype(np.float32)
    rise = 1 - y / tall
    half = tall * (0.082 - 0.038 * rise + 0.012 * (1 - np.clip(rise / 0.12, 0, 1)) ** 2)
    across = (x - wide / 2) / half
    round_ = np.sqrt(np.clip(1 - across**2, 0, 1))
    lit = np.clip(-0.82 * across + 0.42 * round_, 0, 1)[..., None]
    band = ((rise / 0.8 * 5).astype(int) % 2 == 1)[..., None]
    palette = stage.palette
    paint = np.where(band, colour("b8433a"), colour("f3ece0"))
    shade = palette.land_colour(0.62) / 255 * 0.9 + 0.12
    light = colour(palette.sun) / 255 * 0.75 + colour(palette.glow) / 255 * 0.35
    rim = (np.clip(across - 0.55, 0, 1) * 0.35)[..., None] * colour(palette.sky[2]) / 255
    rgb = paint * (shade * (1 - lit) + light * lit + rim)
    inside = (np.abs(across) < 1) & (rise < 0.80)
    return np.concatenate([np.clip(rgb, 0, 255), inside[..., None]], axis=2).astype(np.float32)


def _ironwork(stage: Stage, pen: ImageDraw.ImageDraw, wide: int, tall: int) -> None:
    dark, lamp = stage.palette.land_colour(0.9), colour(stage.palette.accent)
    mid, edge = wide / 2, colour(stage.palette.glow) * 0.55 + dark * 0.45

    def box(half: float, low: float, high: float, ink: Floats) -> None:
        pen.rectangle(
            (mid - half * tall, tall * (1 - high), mid + half * tall, tall * (1 - low)), fill=tint(ink)
        )

    box(0.066, 0.795, 0.812, dark)  # gallery
    box(0.060, 0.812, 0.815, edge)
    box(0.036, 0.815, 0.905, lamp * 0.55 + np.float32(255 * 0.45))  # lantern, lit
    for bar in (-0.036, -0.013, 0.009, 0.032):
        pen.rectangle(
            (mid + bar * tall, tall * 0.095, mid + (bar + 0.004) * tall, tall * 0.185), fill=tint(dark)
        )
    for post in np.linspace(-0.064, 0.06, 8):
        pen.rectangle(
            (mid + post * tall, tall * 0.16, mid + (post + 0.0035) * tall, tall * 0.19), fill=tint(dark)
        )
    box(0.066, 0.838, 0.842, dark)  # rail
    box(0.043, 0.903, 0.915, dark)
    pen.pieslice((mid - 0.04 * tall, tall * 0.035, mid + 0.04 * tall, tall * 0.15), 180, 360, fill=tint(dark))
    box(0.0035, 0.955, 0.998, dark)
    for low in (0.16, 0.36, 0.56):  # windows up the stair
        pen.rounded_rectangle(
            (mid - 0.012 * tall, tall * (1 - low - 0.045), mid + 0.008 * tall, tall * (1 - low)),
            radius=0.01 * tall,
            fill=tint(lamp * 0.75 + dark * 0.25),
        )
    pen.rounded_rectangle(
        (mid - 0.022 * tall, tall * 0.925, mid + 0.02 * tall, tall), radius=0.018 * tall, fill=tint(dark)
    )


def _headland(stage: Stage, x: int, foot: int) -> tuple[Layer, int]:
    """The rock it stands on, from left of the tower out of the right edge, with its dark mirror below."""
    unit, width = stage.unit, stage.width
    column = np.arange(width, dtype=np.float32)
    left, reach = x - unit * 0.34, unit * 0.22
    rise = smooth((column - left) / reach)
    rough = ridge(stage.rng, width, cells=6 * width / unit, roughness=0.58)
    top = unit * 0.10
    plateau = np.exp(-(((column - x) / (unit * 0.13)) ** 4))
    line = (
        top
        - rise * unit * 0.035
        + (rough - 0.5) * unit * 0.055 * (1 - 0.92 * plateau)
        - (1 - rise) * -unit * 0.13
    )
    height = round(unit * 0.19)
    rgba = below(line, height, stage.palette.land_colour(0.72), stage.palette.land_colour(1.0))
    edge = np.exp(-np.clip(np.arange(height)[:, None] - line[None], 0, None) / (unit * 0.007))
    sunny = np.clip(1.1 - (column - left) / (unit * 0.5), 0.15, 1)
    rgba[..., :3] += (edge * sunny)[..., None] * colour(stage.palette.glow) * 0.3
    fade = smooth((height - np.arange(height, dtype=np.float32)) / (unit * 0.045))[:, None]
    rgba[..., 3] *= fade
    return Layer(np.clip(rgba, 0, 255)), round(foot - top + unit * 0.035)


def _over(front: Floats, back: Floats) -> Floats:
    alpha = front[..., 3:] + back[..., 3:] * (1 - front[..., 3:])
    colours = front[..., :3] * front[..., 3:] + back[..., :3] * back[..., 3:] * (1 - front[..., 3:])
    return np.concatenate([colours / np.maximum(alpha, 1e-6), alpha], axis=2)
