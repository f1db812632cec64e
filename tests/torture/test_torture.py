"""The whole harness, on a product that is broken on purpose: it must say so, in the right column."""

import os
import subprocess
import sys

import pytest

from tests.installation import ROOT


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_broken_product_is_caught_in_every_column() -> None:
    code, figures = tortured("--kills", "3", "--intents", "24", "--seed", "7", "--damage", "everything")
    assert [figures[column] == "0" for column in ("paid twice", "orphans", "ledger drift")] == [False] * 3
    assert code == 1


def tortured(*arguments: str) -> tuple[int, dict[str, str]]:
    """The exit code, and the figures by column."""
    command = [sys.executable, "-m", "tests.torture", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, timeout=280
    )
    lines = done.stdout.decode().splitlines()
    assert len(lines) > 2, done.stderr.decode()
    titles, _, cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines[:3])
    return done.returncode, dict(zip(titles, cells, strict=True))
