"""What the search for known vulnerabilities makes of the reports of pip-audit."""

import sys

import pytest

from tests.vulnerabilities import SKIPPED, judged, main

GOOD = {"name": "django", "version": "6.1.3", "vulns": []}
BAD = {"name": "pillow", "version": "12.0", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["12.1"]}]}
UNKNOWN = {"name": "av", "skip_reason": "Dependency not found on PyPI and could not be audited: av (19.0.2)"}


def test_a_vulnerability_is_named_with_the_version_that_mends_it() -> None:
    sentence, is_bad = judged([{"dependencies": [GOOD, BAD]}])
    assert is_bad
    assert "pillow 12.0: PYSEC-2026-1, mended in 12.1" in sentence


def test_it_is_named_even_if_other_packages_could_not_be_looked_up() -> None:
    assert judged([{"dependencies": [UNKNOWN, BAD]}])[1]


def test_packages_that_were_not_found_are_no_clean_bill() -> None:
    """pip-audit itself says "No known vulnerabilities found" then, and ends with 0."""
    assert judged([{"dependencies": [GOOD, UNKNOWN]}]) == (SKIPPED, False)


def test_another_service_is_asked_where_the_first_knows_nothing() -> None:
    assert judged([None, {"dependencies": [GOOD]}]) == ("No vulnerability is known in 1 packages.", False)


@pytest.mark.parametrize("reports", [[], [None, None], [{"dependencies": []}]])
def test_without_data_it_is_skipped_with_that_sentence(reports: list) -> None:
    assert judged(reports) == (SKIPPED, False)


@pytest.mark.parametrize("code", ["import sys; sys.exit(1)", "import time; time.sleep(60)"])
def test_a_lack_of_network_fails_nothing(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([sys.executable, "-c", code], patience=0.5) == 0
    assert capsys.readouterr().out.strip() == SKIPPED
