"""Ten palettes: the light of a scene. Chosen by what the prompt says of the hour, else by its hash."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def colour(text: str) -> NDArray[np.float32]:
    """ "f4a261" as (3,) floats, 0..255."""
    return np.array([int(text[at : at + 2], 16) for at in (0, 2, 4)], np.float32)


@dataclass(frozen=True, slots=True)
class Palette:
    """``sky`` runs from the zenith to the horizon; ``land`` from the farthest layer to the nearest."""

    name: str
    words: tuple[str, ...]
    sky: tuple[str, ...]
    sun: str
    glow: str
    land: tuple[str, str, str]
    accent: str  # lamps, windows, ribbons
    dark: bool = False  # stars are out, the disc is a moon

    def sky_colours(self) -> list[NDArray[np.float32]]:
        return [colour(text) for text in self.sky]

    def land_colour(self, nearness: float) -> NDArray[np.float32]:
        """0 is the farthest layer, 1 the nearest."""
        far, middle, near = (colour(text) for text in self.land)
        if nearness < 0.5:
            return far + (middle - far) * np.float32(nearness * 2)
        return middle + (near - middle) * np.float32(nearness * 2 - 1)


# Where words speak for several equally, the first listed wins: the hour over the weather.
PALETTES = (
    Palette(
        "neon",
        ("neon", "cyberpunk", "synthwave", "club", "electric"),
        ("0a0620", "1d0b45", "4a1070", "9a1c86", "f0418f", "ff8a9c"),
        "a8f0ff",
        "ff4fa0",
        ("7a2480", "37124f", "0b0618"),
        "6ff2ff",
        dark=True,
    ),
    Palette(
        "dawn",
        ("dawn", "sunrise", "morning", "daybreak", "early"),
        ("1d2b53", "43467f", "8a5f93", "d98a8b", "f7b58a", "ffd9a0"),
        "fffaea",
        "ffb27a",
        ("b98a99", "5a4a72", "181a33"),
        "ffe2a8",
    ),
    Palette(
        "day",
        ("day", "noon", "sunny", "summer", "bright", "blue"),
        ("2b6cb8", "4f93d4", "83bbe6", "b9dcf0", "e6f2f2"),
        "fffbe8",
        "fff0c0",
        ("a3c2d4", "4f8298", "173f4f"),
        "fff4c2",
    ),
    Palette(
        "sunset",
        ("sunset", "evening", "warm", "autumn", "orange"),
        ("2a1a4a", "5b2a63", "a63d62", "e8704f", "ffab4f", "ffd884"),
        "fff0c4",
        "ff8f45",
        ("b8596a", "5c2c57", "1c1030"),
        "ffd27a",
    ),
    Palette(
        "dusk",
        ("dusk", "twilight", "violet", "purple", "haze"),
        ("141b3f", "2b2f63", "59468a", "9a63a0", "d993a8", "f3c3b2"),
        "ffeedd",
        "e79ac0",
        ("8d6fa0", "473f74", "14152f"),
        "ffd9c0",
        dark=True,
    ),
    Palette(
        "night",
        ("night", "midnight", "moon", "moonlight", "star", "stars", "dark"),
        ("050a1c", "0a1430", "14244a", "24406b", "3f648c"),
        "f2f4ff",
        "7fa4d8",
        ("345478", "182d4c", "060c1c"),
        "ffd98f",
        dark=True,
    ),
    Palette(
        "storm",
        ("storm", "rain", "cloudy", "grey", "gray", "winter", "fog", "mist", "misty"),
        ("2a3440", "455361", "6d7d88", "98a6ab", "c3c9c4", "dcd9cb"),
        "fbf7ea",
        "dfe0d4",
        ("98a5aa", "4d5d67", "172028"),
        "ffe9bd",
    ),
    Palette(
        "gold",
        ("gold", "golden", "desert", "dust", "amber", "harvest"),
        ("3d5a80", "7f8fa0", "c9a98a", "f0c27b", "ffe0a3"),
        "fff6dc",
        "ffcf7d",
        ("d9a066", "a35d3a", "3a1a1c"),
        "ffe7ad",
    ),
    Palette(
        "polar",
        ("aurora", "northern", "polar", "ice", "snow", "frozen", "arctic"),
        ("040d1f", "07203a", "0c3d55", "14656e", "3c9a8d"),
        "eafff8",
        "59e0b5",
        ("2f7480", "14424f", "05161f"),
        "5dffc0",
        dark=True,
    ),
    Palette(
        "meadow",
        ("spring", "meadow", "green", "jungle", "fresh", "garden"),
        ("2f6f7e", "5fa39b", "9dcfae", "d3e7b8", "f4f2cf"),
        "fffde6",
        "f6f0b0",
        ("8fb88f", "3f7560", "10302c"),
        "fff2b0",
    ),
)
