"""The nearest tests of the money core fail when that core is broken.

``MUTANTS=200 make test TESTS="-m slow tests/mutation"`` tries more of them; CI tries a fixed sample.
"""

import os
import subprocess
import sys

import pytest

from tests.installation import ROOT
from tests.mutation.core import CORE, SURVIVORS, core_mutants
from tests.mutation.mutants import Mutant, mutants_of, sample

NUMBER = int(os.environ.get("MUTANTS") or 12)
SEED = "dailies"
PASSED, FAILED, BROKEN = 0, 1, 2  # pytest's exit codes; it cannot even be imported: found, too
BY_NAME = {mutant.name: (module, mutant) for module, found in core_mutants().items() for mutant in found}
SAMPLE = sample([mutant for _, mutant in BY_NAME.values() if mutant.name not in SURVIVORS], NUMBER, SEED)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", SAMPLE, ids=lambda mutant: mutant.name.partition(":")[0])
def test_a_fault_in_the_money_core_is_found_by_its_nearest_tests(mutant: Mutant) -> None:
    module = BY_NAME[mutant.name][0]
    judged = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-p", "tests.mutation.plugin", "-p", "no:cacheprovider"]
        + [f"tests/{file}" for file in CORE[module].split()],
        cwd=ROOT,
        env=_environment() | {"MUTANT": f"studio.{module}:{mutant.position}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode in (FAILED, BROKEN), (
        f"studio/{module.replace('.', '/')}.py, line {mutant.line}: {mutant.name} passes its nearest tests. "
        f"Add a test, or name it in tests/mutation/core.py with the reason. {judged.stdout[-2000:]}"
    )


def test_each_listed_survivor_is_a_mutant_of_the_code_as_it_stands() -> None:
    assert not SURVIVORS.keys() - BY_NAME.keys()


def test_each_module_of_the_core_has_mutants_and_tests() -> None:
    for module, files in CORE.items():
        assert mutants_of(module, (ROOT / "studio" / f"{module.replace('.', '/')}.py").read_text())
        assert all((ROOT / "tests" / file).exists() for file in files.split())


def test_a_comparison_a_call_and_a_return_are_changed_one_at_a_time() -> None:
    source = "def charge(credits):\n    if credits < 3:\n        book(credits)\n    return credits\n"
    changes = [mutant.name.partition(": ")[2] for mutant in mutants_of("example", source)]
    assert changes == [
        "`return credits` → `return None`",
        "`credits < 3` → `credits <= 3`",
        "`book(credits)` → `pass`",
        "`3` → `4`",
    ]


def _environment() -> dict[str, str]:
    """Without what belongs to the run that this test is part of."""
    theirs = ("PYTEST_", "COVERAGE_", "COV_")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(theirs) and name != "MEASURED"
    }
