"""How many made-up examples a property is tried with: a third of them on a developer's machine, all of them in CI.

The dearest properties try a quarter of theirs in CI: by coverage they reach the same branches as all of them do.
THOROUGH=1 tries all.
"""

import os

IN_CI = bool(os.environ.get("CI"))
IS_THOROUGH = bool(os.environ.get("THOROUGH"))


def examples(number: int) -> int:
    return number if IN_CI or IS_THOROUGH else max(number // 3, 5)


def quarter(number: int) -> int:
    """Of the dearest properties, which only CI tries."""
    return number if IS_THOROUGH else number // 4
