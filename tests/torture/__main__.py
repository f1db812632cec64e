"""Torture an installation and print the verdict; the exit code is 1 when anything is not as it must be.

python -m tests.torture --kills 1000 --database sqlite|postgres [--workers 3] [--seed N]
python -m tests.torture --outage 30 --database sqlite|postgres

Ctrl-C ends the killing early: what there was until then is judged.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.vendor import Vendor

WORKERS = {"sqlite": 1, "postgres": 3}


def main() -> int:
    told = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave no server and no worker behind
    print(f"Seed {told.seed}.", file=sys.stderr, flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="dailies-torture-") as folder,
        Vendor(told.seed) as vendor,
        _database(told.database) as url,
    ):
        _enter(Path(folder), vendor, url)
        import django

        django.setup()
        from tests.torture import trial
        from tests.torture.damage import DAMAGES
        from tests.torture.report import table

        DAMAGES[told.damage]()  # here people ask; the workers do so for themselves
        workers = told.workers or WORKERS[told.database]
        terms = trial.Terms(told.database, workers, told.seed, Path(folder), told.damage)
        if told.outage:
            outcome = trial.outage(terms, vendor, told.outage)
        else:
            torture = trial.Torture(terms, vendor)
            signal.signal(signal.SIGINT, lambda *_: torture.enough.set())
            outcome = torture.run(told.kills, told.intents)
        print(table(outcome))
        print(outcome.details(), flush=True)
        if told.keep_log:
            told.keep_log.write_text(terms.log.read_text())
    return 0 if outcome.is_good else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture")
    parser.add_argument("--database", choices=WORKERS, default="sqlite")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--intents", type=int, default=0, help="go on until so many clips were asked for")
    parser.add_argument("--workers", type=int, help="1 on SQLite and 3 on PostgreSQL, unless told")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument(
        "--outage", type=float, metavar="SECONDS", help="no kills: the upstream is away so long"
    )
    parser.add_argument("--damage", default="none", help="break the product: see tests/torture/damage.py")
    parser.add_argument(
        "--keep-log", type=Path, metavar="FILE", help="where to leave what the workers logged"
    )
    return parser.parse_args()


@contextmanager
def _database(kind: str) -> Iterator[str]:
    """The DATABASE_URL; "" is SQLite's."""
    if kind == "sqlite":
        yield ""
        return
    from tests.postgres import postgres

    with postgres() as server:
        yield server.url


def _enter(folder: Path, vendor: Vendor, database_url: str) -> None:
    """A world of its own: nothing of the environment, or of a developer's .env, reaches it."""
    world = {
        "DJANGO_SETTINGS_MODULE": "tests.torture.settings",
        "DATA_DIR": str(folder / "data"),
        "TMPDIR": str(folder),  # a killed worker leaves what it was copying
        "DATABASE_URL": database_url,
        "STUDIO_BASE_URL": vendor.url,
        "STUDIO_API_KEY": vendor.key,
    }
    unset = ("STUDIO_ALLOWED_HOSTS", "SECRET_KEY", "PUBLIC_URL", "HOST", "PORT", "ALLOWED_HOSTS", "DEBUG")
    os.environ.update(dict.fromkeys(unset, "") | world)


if __name__ == "__main__":
    sys.exit(main())
