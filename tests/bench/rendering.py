"""Target 12: the sandbox draws 8 s at 720p in at most 0.3 × that time of CPU."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from studio import film
from tests.bench.figures import Figure

SECONDS = 8
PROMPTS = ("a lighthouse at dawn", "misty mountains, slow drone shot", "a neon city street at night")


def measure() -> Iterator[Figure]:
    times = [_cpu_seconds(prompt) for prompt in PROMPTS]
    shown = ", ".join(f"{seconds:.2f} s" for seconds in times)
    yield Figure(
        "12",
        "drawing 8 s at 720p, with poster and preview",
        median(times) / SECONDS,
        0.3,
        detail=f"CPU {shown}",
    )


def _cpu_seconds(prompt: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        spec = film.RenderSpec(prompt=prompt, aspect_ratio="16:9", duration_seconds=SECONDS, sound=True)
        return film.render(spec, Path(folder), deadline=120).cpu_seconds
