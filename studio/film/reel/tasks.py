"""The child's orders by name. Files are written into the working folder; the parent publishes them."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.film.reel.proxy import proxy_of
from studio.film.reel.reading import probe
from studio.film.reel.shooting import shoot
from studio.film.reel.stills import picture_of, stills_of

Order = dict[str, Any]


def carry_out(order: Order) -> dict[str, Any]:
    return TASKS[order["task"]](order)


def _render(order: Order) -> dict[str, Any]:
    facts = shoot(order, Path.cwd())
    return {**facts, "cpu_seconds": _cpu_seconds()}


def _stills(order: Order) -> dict[str, Any]:
    stills_of(Path(order["path"]), Path.cwd())
    return {}


def _cpu_seconds() -> float:
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415 - not on every platform

        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime
    return 0.0


TASKS: dict[str, Callable[[Order], dict[str, Any]]] = {
    "render": _render,
    "probe": lambda order: probe(Path(order["path"])),
    "stills": _stills,
    "proxy": lambda order: proxy_of(Path(order["path"]), Path.cwd()),
    "picture": lambda order: picture_of(Path(order["path"]), Path.cwd()),
}
