"""Run pytest, and give the few tests that fail one more try, alone: ``python -m tests.again ARGUMENTS``.

For CI: of thousands of tests with real servers, browsers and processes, side by side on two cores, one that waited too
long for its turn is no fault of the product. Every test that needed its second try is named. More than MOST_AGAIN are
no accident, and nor is one that fails alone: the exit code is then 1.
"""

import json
import subprocess
import sys
from pathlib import Path

MOST_AGAIN = 3
FAILED = 1  # pytest's exit code
CACHE = Path(".pytest_cache/v/cache/lastfailed")


def main(arguments: list[str]) -> int:
    CACHE.unlink(missing_ok=True)
    code = _pytest(arguments)
    failed = sorted(json.loads(CACHE.read_text())) if CACHE.is_file() else []
    if code != FAILED or not 0 < len(failed) <= MOST_AGAIN:
        return code
    print("\nOne more try, alone:", *failed, sep="\n  ", flush=True)
    return _pytest(["-n", "0", "-m", "", *failed])


def _pytest(arguments: list[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
