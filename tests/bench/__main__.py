"""Run every target, print ratio and bound, and fail when one is missed.

python -m tests.bench [quiet] [poll] [held] [memory] [viewers] [first-visit] [rendering] [reports] [abuse] [soak]
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator

from tests.bench.figures import Figure


def targets() -> dict[str, Callable[[], Iterator[Figure]]]:
    """Imported late: DATA_DIR has to be set before the settings are read."""
    from tests.bench import abuse, first_visit, held, memory, poll, quiet, rendering, reports, viewers

    return {
        "quiet": quiet.measure,
        "poll": poll.measure,
        "held": held.measure,
        "memory": memory.measure,
        "viewers": viewers.measure,
        "first-visit": first_visit.measure,
        "rendering": rendering.measure,
        "reports": reports.measure,
        "abuse": abuse.measure,
        "soak": abuse.soak,
    }


def main(chosen: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="dailies-bench-") as folder:
        os.environ.update(DATA_DIR=folder, DJANGO_SETTINGS_MODULE="studio.settings")
        import django

        django.setup()
        known = targets()
        if unknown := set(chosen) - set(known):
            print(f"No such target: {', '.join(sorted(unknown))}. Known: {', '.join(known)}.")
            return 2
        figures = [figure for name in chosen or known for figure in _told(known[name])]
    return 0 if all(figure.is_met for figure in figures) else 1


def _told(measure: Callable[[], Iterator[Figure]]) -> Iterator[Figure]:
    for figure in measure():
        print(figure, flush=True)
        yield figure


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
