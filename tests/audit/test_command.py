"""``manage.py audit``: prove the log, and take it elsewhere."""

import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from studio.audit.log import record
from studio.audit.models import Check, Entry
from studio.audit.verify import check_when_due
from tests.factories import a_member
from tests.must import must

pytestmark = pytest.mark.django_db
DOCS = settings.BASE_DIR / "docs/audit.md"


def audit(*arguments: str) -> str:
    said = StringIO()
    call_command("audit", *arguments, stdout=said)
    return said.getvalue()


@pytest.fixture
def three() -> None:
    for name in ("Brand films", "Über uns", "日本"):
        record("project.made", by=a_member(), about="project:1", name=name)


def test_verify_tells_the_end_of_the_chain_to_be_noted(three):
    said = audit("verify")
    assert "intact, from entry 1 to 3" in said
    noted = f"3:{Entry.objects.first().hash}"
    assert noted in said
    record("project.made", by=None)
    assert "intact, from entry 1 to 4" in audit("verify", "--expect", noted)


def test_the_docs_show_what_verify_prints(three: None) -> None:
    end = f"3:{must(Entry.objects.first()).hash}"
    for line in audit("verify").replace(end, "1234:9f2c…").replace("to 3.", "to 1234.").splitlines():
        assert f"    {line}\n" in DOCS.read_text()


def test_verify_fails_with_the_first_entry_that_does_not_hold(three):
    Entry._base_manager.filter(number__gt=1).update(about="project:2")
    with pytest.raises(
        CommandError, match=r"not intact\. Entry 2 was changed after it was written\."
    ) as failure:
        audit("verify")
    assert failure.value.returncode == 1


def test_verify_fails_when_the_log_does_not_lead_through_what_was_noted(three):
    with pytest.raises(CommandError, match="Entry 2 differs from the one you noted"):
        audit("verify", "--expect", f"2:{'a' * 64}")


@pytest.mark.parametrize("word", ["3", "3:abc", f"x:{'a' * 64}"])
def test_what_is_no_place_of_the_chain_is_refused(word):
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        audit("verify", "--expect", word)


def test_an_export_is_verified_by_the_program_in_the_docs(three, tmp_path: Path):
    lines = audit("export")
    assert [json.loads(line)["detail"]["name"] for line in lines.splitlines()] == [
        "Brand films",
        "Über uns",
        "日本",
    ]
    program = must(re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL))[1]
    assert _run(program, lines).stdout == f"3 entries are whole, up to 3:{Entry.objects.get(pk=3).hash}\n"
    assert "Entry 2 was changed after it was" in _run(program, lines.replace("ber uns", "ber sie")).stderr
    first, _, third = lines.splitlines(keepends=True)
    assert "Entry 3 does not continue entry 1" in _run(program, first + third).stderr
    assert must(Entry.objects.first()).action == "audit.exported"


def _run(program: str, lines: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", program], input=lines, capture_output=True, text=True)


def test_an_export_of_days_includes_both(three, time_machine_days):
    assert len(audit("export", "--from", "2026-03-01", "--until", "2026-03-02").splitlines()) == 2
    with pytest.raises(CommandError, match="write a day as"):
        audit("export", "--from", "yesterday")


@pytest.fixture
def time_machine_days() -> None:
    import time_machine

    for day in range(4):
        with time_machine.travel("2026-02-28T23:59:59Z" if not day else f"2026-03-0{day}T00:00:00Z"):
            record("project.made", by=None)


def test_the_worker_checks_once_a_day(three):
    assert check_when_due()
    assert not check_when_due()
    Check.objects.update(at="2026-01-01T00:00:00Z")
    assert check_when_due()
    assert [check.is_whole for check in Check.objects.all()] == [True, True]
