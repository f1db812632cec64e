"""What a prompt asks to see: its words choose scene and palette, its hash decides what they leave open."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from studio.film.reel.drawing.palettes import PALETTES, Palette

SCENES: dict[str, tuple[str, ...]] = {
    "aurora": ("aurora", "borealis", "northern", "lights", "polar"),
    "sea": (
        *("sea", "ocean", "beach", "coast", "wave", "waves", "boat", "ship", "sail", "island", "harbour"),
        *("harbor", "water", "lake", "lighthouse", "surf", "shore", "bay", "gull", "gulls"),
    ),
    "city": (
        *("city", "street", "skyline", "tower", "towers", "building", "buildings", "neon", "downtown"),
        *("office", "car", "cars", "traffic", "urban", "rooftop", "shop", "store", "apartment"),
    ),
    "space": (
        *("space", "planet", "galaxy", "rocket", "astronaut", "orbit", "cosmos", "nebula", "moon", "mars"),
        *("star", "stars", "universe", "satellite"),
    ),
    "forest": (
        *("forest", "tree", "trees", "wood", "woods", "jungle", "pine", "pines", "deer", "fox", "garden"),
        *("leaf", "leaves", "meadow", "firefly", "fireflies"),
    ),
    "desert": ("desert", "dune", "dunes", "sand", "camel", "sahara", "cactus", "oasis", "pyramid"),
    "mountains": (
        *("mountain", "mountains", "peak", "peaks", "alps", "hill", "hills", "valley", "canyon", "snow"),
        *("drone", "landscape", "ridge", "hike", "trail", "eagle"),
    ),
    "silk": (
        *("silk", "abstract", "fabric", "smoke", "liquid", "logo", "product", "perfume", "dress", "ribbon"),
        *("flow", "gradient", "bottle", "cream"),
    ),
}


@dataclass(frozen=True, slots=True)
class Cast:
    """``seed`` is the request's own: every choice and every random number of the clip comes from it."""

    scene: str
    palette: Palette
    seed: int
    words: frozenset[str]


def cast(order: dict[str, Any]) -> Cast:
    prompt = order["prompt"]
    found = words(prompt)
    seed = _seed(prompt, order["aspect_ratio"], order["duration_seconds"], order["quality"], order["take"])
    mood = _seed(prompt)  # ratio and length must not change what is seen
    scene = _named(found, SCENES) or _pick(tuple(SCENES), mood)
    light = _named(found, {p.name: p.words for p in PALETTES})
    palette = next((p for p in PALETTES if p.name == light), None) or _pick(_fitting(scene), mood >> 8)
    return Cast(scene, palette, seed, frozenset(found))


def words(prompt: str) -> list[str]:
    """Lower-case words in their order, without accents."""
    plain = unicodedata.normalize("NFKD", prompt).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z]+", plain.lower())


def _seed(*parts: Any) -> int:
    return int.from_bytes(hashlib.sha256(json.dumps(parts).encode()).digest()[:8])


def _named(found: Sequence[str], options: dict[str, tuple[str, ...]]) -> str | None:
    """The option that most of the words speak for; among equals, the one listed first."""
    votes = {name: sum(word in spoken for word in found) for name, spoken in options.items()}
    best = max(votes, key=lambda name: votes[name])
    return best if votes[best] else None


def _pick[T](options: Sequence[T], number: int) -> T:
    return options[number % len(options)]


def _fitting(scene: str) -> tuple[Palette, ...]:
    """Palettes that a scene looks well in when the prompt names no light."""
    by_scene = {
        "aurora": ("polar",),
        "space": ("night", "neon", "dusk"),
        "city": ("neon", "night", "sunset", "dusk"),
        "desert": ("gold", "sunset", "dawn"),
        "forest": ("meadow", "dawn", "storm", "night"),
        "sea": ("dawn", "sunset", "day", "dusk"),
        "silk": ("sunset", "dusk", "neon", "dawn"),
    }
    names = by_scene.get(scene)
    return tuple(p for p in PALETTES if not names or p.name in names)
