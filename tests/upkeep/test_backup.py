"""``manage.py backup`` while others write, and ``manage.py restore`` of what it made: on the database of the run."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, connections

from studio.audit.models import Entry
from studio.audit.verify import walk
from studio.catalog.models import Connection
from studio.jobs.models import Job, Revision
from studio.jobs.submit import Intent, submit
from studio.upkeep import backup as backups
from studio.upkeep import postgresql
from studio.upkeep.backup import back_up, backups_in
from studio.upkeep.errors import UpkeepFailed
from studio.upkeep.manifest import FILE, Manifest
from studio.upkeep.restore import LEAP, restore, what_runs
from studio.worker.models import Heartbeat
from tests.factories import a_job, a_member, a_model, a_request
from tests.must import must

pytestmark = pytest.mark.django_db(transaction=True)


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# ── Backup ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_backup_tells_when_it_was_taken_and_what_is_in_it(folder: Path, capsys):
    a_job()
    call_command("backup", folder)
    ((path, manifest),) = backups_in(folder)
    assert visible(folder) == [path.name]
    assert visible(path) == [manifest.file, FILE]
    assert path.name == f"dailies-{manifest.taken_at:%Y%m%d-%H%M%SZ}"
    assert (manifest.counts["jobs_job"], manifest.counts["team_member"]) == (1, 1)
    assert "jobs.0002_reconciling" in manifest.migrations
    assert path.stat().st_mode & 0o077 == 0
    said = capsys.readouterr().out
    assert f"Backed up to {path}: " in said
    assert f"Not included: {django_settings.DATA_DIR / 'secret_key'}" in said
    assert "--media adds them" in said
    told = must(Entry.objects.first())
    assert (told.action, told.detail["name"], told.agent) == ("backup.made", path.name, "command line")


def test_it_is_one_moment_of_a_database_that_others_write_to(folder: Path):
    model, member, stop = a_model(), a_member(), threading.Event()

    def ask() -> None:
        while not stop.is_set():
            submit(Intent(member, model, a_request(), uuid4()))
        connections.close_all()

    writer = threading.Thread(target=ask)
    writer.start()
    try:
        while Job.objects.count() < 5:
            pass
        made = back_up(folder)
    finally:
        stop.set()
        writer.join()
    counts = Manifest.read(made).counts
    assert (
        5
        <= counts["jobs_job"]
        == counts["jobs_submission"]
        == counts["jobs_event"]
        == counts["credits_entry"]
    )


def test_clips_are_copied_once_and_named_with_their_digests(folder: Path):
    default_storage.save("clips/aa/aa.mp4", ContentFile(b"a clip"))
    first = Manifest.read(back_up(folder, media=True))
    kept = folder / "media/clips/aa/aa.mp4"
    before = kept.stat()
    default_storage.save("clips/bb/bb.mp4", ContentFile(b"another"))
    os.rename(backups_in(folder)[0][0], folder / "dailies-earlier")
    second = Manifest.read(back_up(folder, media=True))
    assert list(must(first.media)) == ["clips/aa/aa.mp4"]
    assert list(must(second.media)) == ["clips/aa/aa.mp4", "clips/bb/bb.mp4"]
    assert (kept.stat().st_ino, kept.read_bytes()) == (before.st_ino, b"a clip")


def test_old_backups_go_and_nothing_else_does(folder: Path):
    default_storage.save("clips/aa/aa.mp4", ContentFile(b"a clip"))
    for name in ("dailies-1", "dailies-2"):
        os.rename(back_up(folder, media=True), folder / name)
    (folder / "media/clips/aa/own.txt").write_text("not ours")
    (folder / "dailies-own").mkdir()
    (folder / "notes.txt").write_text("mine")
    default_storage.delete("clips/aa/aa.mp4")
    made = back_up(folder, media=True, keep=1)
    assert visible(folder) == sorted([made.name, "dailies-own", "media", "notes.txt"])
    assert visible(folder / "media/clips/aa") == ["own.txt"]


def test_one_that_cannot_be_verified_gets_no_name(folder: Path, monkeypatch):
    monkeypatch.setattr(backups.store(), "verify", lambda file: {"jobs_job": 0})
    with pytest.raises(CommandError, match=r"No backup was made\. The copy does not have the same rows"):
        call_command("backup", folder)
    assert visible(folder) == []


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match=r"No backup was made\. (Not a directory|File exists)"):
        call_command("backup", tmp_path / "file")


# ── Restore ──────────────────────────────────────────────────────────────────────────────────────────────
def test_a_restored_backup_is_as_it_was_with_its_queue_held(folder: Path):
    job = a_job()
    made = back_up(folder)
    taken = Manifest.read(made).taken_at
    Job.objects.update(state="cancelled")
    a_job(prompt="asked for since")
    revision = Revision.bump()
    done = restore(made)
    assert Job.objects.get().pk == job.pk
    assert Job.objects.get().state == "queued"
    held = Connection.objects.get()
    assert held.hold.since == taken < held.hold.until
    assert Revision.current() == revision + LEAP
    assert Manifest.read(done.aside).counts["jobs_job"] == 2


def test_what_was_there_before_can_be_had_back(folder: Path):
    made = back_up(folder)
    a_job()
    aside = restore(made).aside
    assert Job.objects.count() == 0
    restore(aside / FILE)
    assert Job.objects.count() == 1


def test_a_backup_taken_while_the_queue_was_held_keeps_the_older_moment(folder: Path):
    a_job()
    first = back_up(folder)
    restore(first)
    os.rename(first, folder / "dailies-first")
    restore(back_up(folder))
    assert Connection.objects.get().held_from == Manifest.read(folder / "dailies-first").taken_at


def test_missing_clips_are_brought_back_with_what_was_made_of_them(folder: Path, settings):
    names = ("clips/aa/aa.mp4", "clips/aa/aa-proxy.mp4", "clips/aa/aa-poster.jpg")
    for name in names:
        default_storage.save(name, ContentFile(name.encode()))
    made = back_up(folder, media=True)
    for name in names:
        default_storage.delete(name)
    assert restore(made).media == len(names)
    assert all((settings.MEDIA_ROOT / name).read_bytes() == name.encode() for name in names)


def test_nothing_is_restored_below_a_running_installation(folder: Path):
    made = back_up(folder)
    Heartbeat.beat("elsewhere:123")
    with pytest.raises(
        CommandError, match=r"The worker elsewhere:123 was active \d+ s ago\. Stop Dailies first"
    ):
        call_command("restore", made)
    call_command("restore", made, "--force")
    assert must(Entry.objects.first()).action == "backup.restored"
    assert walk().number == Entry.objects.count()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    Heartbeat.beat(f"{os.uname().nodename}:{gone.pid}")
    assert list(what_runs()) == []
    Heartbeat.beat(f"{os.uname().nodename}:{os.getpid()}")
    assert len(list(what_runs())) == 1


MISFITS = [
    ({"migrations": ["jobs.0999_future"]}, "newer version of Dailies: migration jobs.0999_future is unknown"),
    ({"database": "another"}, "This backup is of another, but this installation uses"),
    ({"digest": "0" * 64}, "has changed since the backup"),
    ({"counts": {}}, "does not have the rows that its manifest lists"),
    ({"file": "../database"}, "This version of Dailies cannot read the backup"),
    ({"made_by": "somebody"}, "This version of Dailies cannot read the backup"),
]


def test_a_backup_that_does_not_fit_changes_nothing(folder: Path):
    made = back_up(folder)
    said = json.loads((made / FILE).read_text())
    a_job()
    for changes, sentence in MISFITS:
        (made / FILE).write_text(json.dumps(said | changes))
        with pytest.raises(CommandError, match=sentence):
            call_command("restore", made)
    (made / FILE).unlink()
    with pytest.raises(
        CommandError, match=r"Not restored\. .* is not a backup of Dailies: it has no valid manifest"
    ):
        call_command("restore", made)
    assert (Job.objects.count(), Connection.objects.get().held_since) == (1, None)


def test_a_damaged_file_is_noticed(folder: Path):
    made = back_up(folder)
    file = made / Manifest.read(made).file
    body = bytearray(file.read_bytes())
    body[len(body) // 2 :] = b""
    file.write_bytes(body)
    with pytest.raises(UpkeepFailed):
        backups.store().verify(file)


# Django forgets a connection that fails while it is opened.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="a server looks after its own files")
def test_a_present_database_that_is_damaged_is_kept_as_it_is(folder: Path):
    a_job()
    made = back_up(folder)
    connection.close()
    path = Path(connection.settings_dict["NAME"])
    path.write_bytes(b"SQLite format 3\0" + b"rubbish" * 1000)
    aside = restore(made).aside
    assert (aside / path.name).read_bytes().endswith(b"rubbish")
    assert Job.objects.count() == 1


def test_none_of_the_working_files_stay(folder: Path):
    made = back_up(folder)
    restore(made)
    assert not [path for path in django_settings.DATA_DIR.iterdir() if path.name.startswith(".")]
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite needs no programs")
@pytest.mark.parametrize(
    ("path", "version", "sentence"),
    [
        ("/nowhere", 15, "pg_dump is not installed"),
        (os.environ["PATH"], 9, "pg_dump is older than the server"),
    ],
)
def test_missing_and_old_programs_are_named(folder: Path, monkeypatch, path, version, sentence):
    monkeypatch.setenv("PATH", path)
    monkeypatch.setattr(postgresql, "INSTALLED", Path(path))
    monkeypatch.setattr(postgresql, "_version", lambda found: version)
    monkeypatch.setattr(shutil, "which", lambda name: None if path == "/nowhere" else f"/bin/{name}")
    with pytest.raises(
        CommandError, match=rf"No backup was made\. {sentence}.* apt-get install postgresql-client"
    ):
        call_command("backup", folder)
