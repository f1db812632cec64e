"""``manage.py`` while another process holds the database's lock."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.db import IntegrityError, OperationalError

from studio import databases
from studio.databases import why_damaged, why_unusable
from tests.installation import ROOT
from tests.worker.processes import started

MANAGE = str(ROOT / "manage.py")
LOCKED = (
    f"Another process keeps the database locked, and did so for {databases.LOCK_PATIENCE} s. "
    "Try again, or end the process that holds it.\n"
)


def manage(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, MANAGE, *words], env=environment, capture_output=True, text=True, timeout=100
    )


@contextmanager
def locked(tmp_path: Path, how: str) -> Iterator[None]:
    with closing(sqlite3.connect(tmp_path / "dailies.sqlite3", isolation_level=None)) as other:
        other.execute(f"BEGIN {how}")
        yield


def test_the_checks_of_a_command_do_not_wait_for_the_lock_and_say_nothing_false(tmp_path: Path):
    with locked(tmp_path, "IMMEDIATE"):
        done = manage(tmp_path, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout


@pytest.mark.slow
def test_commands_wait_for_the_lock_and_then_say_one_true_sentence(tmp_path: Path):
    commands = (["signin-link"], ["migrate"], ["status"], ["worker"])
    with locked(tmp_path, "EXCLUSIVE"):
        assert dict(_ends(tmp_path, commands)) == {words[0]: (1, LOCKED) for words in commands}


def _ends(tmp_path: Path, commands: tuple[list[str], ...]) -> Iterator[tuple[str, object]]:
    """Side by side: the exit code of each, and its error output."""
    if not commands:
        return
    words, *others = commands
    folder = tmp_path / words[0]
    folder.mkdir()
    with started([MANAGE, *words], folder, DATA_DIR=str(tmp_path)) as running:
        yield from _ends(tmp_path, tuple(others))
        yield words[0], (running.process.wait(100), running.err)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("database is locked", LOCKED.strip()),
        ("canceling statement due to lock timeout\nCONTEXT: …", LOCKED.strip()),
        ("database or disk is full", "The database cannot be used now: database or disk is full"),
        ("connection failed:\n  refused", "The database cannot be used now: connection failed: refused"),
        ("no such table: jobs_job", ""),
    ],
)
def test_what_makes_a_database_unusable_is_said_in_one_line(said: str, sentence: str):
    assert why_unusable(OperationalError(said)) == sentence


def test_a_damaged_file_is_named_with_the_way_out(tmp_path: Path):
    """Such as half of a copy that was taken by other means than a backup."""
    (tmp_path / "dailies.sqlite3").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 64)
    done = manage(tmp_path, "status")
    assert done.returncode == 1
    assert done.stderr.startswith("The database file is damaged (")
    assert done.stderr.endswith("Restore a backup: manage.py restore FOLDER (docs/backups.md).\n")
    assert "Traceback" not in done.stderr


def test_an_error_that_shows_a_fault_of_ours_keeps_its_traceback():
    assert why_damaged(IntegrityError("UNIQUE constraint failed: jobs_job.id")) == ""
