"""The list is whole: each fault has its test, and each test its sentence on a page."""

import ast
from pathlib import Path

import pytest

from tests.faults.index import FAULTS, Fault

TESTS = Path(__file__).resolve().parent.parent


def test_every_number_of_the_list_is_there_once():
    assert [fault.number for fault in FAULTS] == list(range(1, 39))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.number:02}")
def test_the_fault_has_its_test_and_its_sentence(fault: Fault):
    file, _, function = fault.test.partition("::")
    module = ast.parse((TESTS / file).read_text())
    assert function.startswith(f"test_fault_{fault.number:02}_")
    assert function in {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    said = {node.value for node in ast.walk(module) if isinstance(node, ast.Constant)}
    assert any(fault.sentence in str(words) for words in said)


def test_every_test_of_a_fault_says_by_its_name_which():
    numbers = {fault.number for fault in FAULTS}
    for path in Path(__file__).parent.glob("test_*.py"):
        tests = [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
        for name in (name for name in tests if name.startswith("test_fault_")):
            assert int(name.split("_")[2]) in numbers, name
