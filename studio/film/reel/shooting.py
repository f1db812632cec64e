"""Shooting a clip: scene after scene of frames, encoded as they are drawn, stills taken on the way."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from studio.film.reel.drawing.casting import Cast, cast
from studio.film.reel.drawing.picture import Picture
from studio.film.reel.drawing.stage import Scene, Stage
from studio.film.reel.drawing.titles import Titles, title
from studio.film.reel.encoding import FPS, Clip
from studio.film.reel.photographs import glide
from studio.film.reel.remix import remix
from studio.film.reel.scenes.by_name import SCENES
from studio.film.reel.sound import ambience
from studio.film.reel.stills import POSTER_AT, Preview, poster_image, preview_times, save_poster

KEY_EVERY = 4  # frames between two backdrops; those between are mixed from both
SHORT_SIDES = {"480p": 480, "draft": 480, "std": 480, "standard": 480, "basic": 480, "1080p": 1080}
SHORT_SIDE = 720


def shoot(order: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Write clip.mp4, poster.jpg and preview.webp into ``folder``; return duration, width and height."""
    width, height = size(order["aspect_ratio"], order["quality"])
    count = order["duration_seconds"] * FPS
    seconds = count / FPS
    role = cast(order)
    names = Titles(order["prompt"], width, height, seconds)
    poster_at = int(count * POSTER_AT)
    preview_at = [int(t * FPS) for t in preview_times(seconds)]
    preview = Preview()
    with Clip(folder / "clip.mp4", width, height, title=title(order["prompt"]), sound=order["sound"]) as clip:
        for index, picture in enumerate(_pictures(order, role, width, height, count)):
            if index in preview_at:
                preview.add(picture.frame)
            names.paint(picture, index / FPS)
            if index == poster_at:
                save_poster(poster_image(picture.frame), folder)
            clip.add(picture)
        if order["sound"]:
            clip.add_sound(ambience(role.scene, role.seed, seconds))
    preview.save(folder)
    return {"duration": seconds, "width": width, "height": height}


def size(aspect_ratio: str, quality: str) -> tuple[int, int]:
    """Pixels for a ratio and a quality word: the area of 16:9 at that short side, in even numbers."""
    short = SHORT_SIDES.get(quality.lower(), SHORT_SIDE)
    match = re.fullmatch(r"(\d{1,3}):(\d{1,3})", aspect_ratio.strip())
    across, down = (int(part) for part in match.groups()) if match else (16, 9)
    ratio = min(4.0, max(0.25, across / max(1, down))) if across else 16 / 9
    height = math.sqrt(short * short * 16 / 9 / ratio)
    return round(height * ratio / 2) * 2, round(height / 2) * 2


def _pictures(order: dict[str, Any], role: Cast, width: int, height: int, count: int) -> Iterator[Picture]:
    """What is filmed: a given video, given pictures, else a scene."""
    if order["video"]:
        return remix(Path(order["video"]), width, height, count, role.palette)
    if order["images"]:
        return glide([Path(path) for path in order["images"]], width, height, count, role.seed)
    stage = Stage(width, height, count / FPS, role, np.random.default_rng(role.seed))
    return film(SCENES[role.scene](stage), stage, count)


def film(scene: Scene, stage: Stage, count: int) -> Iterator[Picture]:
    """``count`` frames of a scene at the stage's size."""
    grain = stage.rng.random((*stage.coarse, 1), np.float32)  # dithers the gradients as they are rounded
    here = scene.backdrop(0)
    for key in range(0, count, KEY_EVERY):
        there = scene.backdrop((key + KEY_EVERY) / FPS)
        step = (there - here) / np.float32(KEY_EVERY)
        image = here + grain
        for index in range(key, min(key + KEY_EVERY, count)):
            picture = Picture.from_rgb(image.clip(0, 255).astype(np.uint8), stage.width, stage.height)
            scene.paint(picture, index / FPS)
            yield picture
            image += step
        here = there
