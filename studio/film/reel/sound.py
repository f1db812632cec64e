"""Ambience: shaped noise that swells like wind or surf, and a soft chord below it."""

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np

from studio.film.reel.drawing.picture import Floats
from studio.film.reel.encoding import RATE

BLOCK = 1024  # samples; what AAC takes at a time
CHORDS = ((0, 7, 12, 16), (0, 7, 14, 15), (0, 5, 12, 19), (0, 4, 11, 14))  # semitones
FADE = 0.8  # seconds
# Per scene: centre and width of the noise (Hz, octaves), seconds of one swell, its share of the sound.
WEATHER = {
    "sea": (380, 2.2, 5.5, 0.85),
    "forest": (1800, 1.4, 4.0, 0.5),
    "mountains": (300, 1.2, 6.5, 0.6),
    "desert": (420, 1.0, 7.5, 0.6),
    "city": (140, 1.6, 9.0, 0.55),
    "space": (90, 1.2, 11.0, 0.35),
}
CALM = (600, 1.5, 8.0, 0.3)


def ambience(scene: str, seed: int, seconds: float) -> Iterator[av.AudioFrame]:
    """Stereo blocks of ``seconds``, always the same for one scene and seed."""
    rng = np.random.default_rng(seed ^ 0x50_0D)
    count = round(seconds * RATE)
    t = np.arange(count, dtype=np.float32) / RATE
    hertz, octaves, swell, share = WEATHER.get(scene, CALM)
    pad = _pad(rng, t)
    channels = [share * _wind(rng, t, hertz, octaves, swell, side) + 0.5 * pad for side in (0, 1)]
    edge = np.clip(np.minimum(t, t[-1] - t) / FADE, 0, 1)
    samples = np.tanh(np.stack(channels) * 0.6) * edge * np.float32(0.6)
    return _blocks(np.ascontiguousarray(samples, np.float32))


def _wind(
    rng: np.random.Generator, t: Floats, hertz: float, octaves: float, swell: float, side: int
) -> Floats:
    """Noise with one broad hump in its spectrum, coming and going."""
    spectrum = np.fft.rfft(rng.standard_normal(t.size, np.float32))
    pitch = np.maximum(np.fft.rfftfreq(t.size, 1 / RATE), 1.0)
    spectrum *= np.exp(-((np.log2(pitch / hertz) / octaves) ** 2)) / np.sqrt(pitch / hertz)
    noise = np.fft.irfft(spectrum, t.size).astype(np.float32)
    wave = (
        0.55
        + 0.3 * np.sin(2 * np.pi * t / swell + side * 0.7)
        + 0.15 * np.sin(2 * np.pi * t / (swell * 0.37))
    )
    return noise / np.float32(3 * noise.std() + 1e-9) * wave


def _pad(rng: np.random.Generator, t: Floats) -> Floats:
    root = 110 * 2 ** (int(rng.integers(0, 6)) / 12)
    chord = CHORDS[int(rng.integers(len(CHORDS)))]
    total = np.zeros_like(t)
    for number, step in enumerate(chord):
        pitch = np.float32(2 * np.pi * root * 2 ** (step / 12))
        breath = 0.7 + 0.3 * np.sin(t * np.float32(0.5 + 0.13 * number) + number)
        total += (np.sin(t * pitch) + 0.3 * np.sin(t * pitch * np.float32(2.003))) * breath
    return total / np.float32(4 * len(chord))


def _blocks(samples: Floats) -> Iterator[av.AudioFrame]:
    for start in range(0, samples.shape[1], BLOCK):
        block = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[:, start : start + BLOCK]), format="fltp", layout="stereo"
        )
        block.sample_rate, block.pts, block.time_base = RATE, start, Fraction(1, RATE)
        yield block
