"""The second try of CI: for a few tests, alone, and never for more."""

import json

import pytest

from tests import again


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """``runs(failed, *codes)``: pytest ends with each of ``codes`` in turn; gives the arguments of its runs."""

    def script(failed, *codes):
        calls, ends = [], iter(codes)

        def pretended(arguments):
            calls.append(arguments)
            if len(calls) == 1:
                again.CACHE.write_text(json.dumps(dict.fromkeys(failed, True)))
            return next(ends)

        monkeypatch.setattr(again, "CACHE", tmp_path / "lastfailed")
        monkeypatch.setattr(again, "_pytest", pretended)
        return calls

    return script


def test_a_failed_test_is_tried_again_alone_and_decides(runs):
    calls = runs(["tests/a.py::test_a"], 1, 0)
    assert again.main(["-n", "3", "tests"]) == 0
    assert calls[1] == ["-n", "0", "-m", "", "tests/a.py::test_a"]


def test_a_test_that_fails_alone_fails(runs):
    runs(["tests/a.py::test_a"], 1, 1)
    assert again.main(["tests"]) == 1


def test_many_failures_are_no_accident(runs):
    calls = runs([f"tests/a.py::test_{number}" for number in range(again.MOST_AGAIN + 1)], 1)
    assert again.main(["tests"]) == 1
    assert len(calls) == 1


@pytest.mark.parametrize("code", [2, 3, 4, 5], ids=["interrupted", "internal error", "wrong use", "no tests"])
def test_what_is_no_failed_test_is_not_tried_again(runs, code):
    calls = runs([], code)
    assert again.main(["tests"]) == code
    assert len(calls) == 1
