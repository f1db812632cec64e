"""How many made-up examples a property is tried with: all of them in CI, a third of them elsewhere.

CATALOGS is the number of invented catalogs that the dearest properties are tried with in CI.
"""

import os

IN_CI = bool(os.environ.get("CI"))
CATALOGS = int(os.environ.get("CATALOGS") or 500)


def examples(number: int) -> int:
    return number if IN_CI else max(number // 3, 5)
