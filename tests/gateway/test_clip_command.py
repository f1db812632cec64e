"""``manage.py clip``: what it asks for, what it tells, and how it waits."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from studio import film
from studio.audit.models import Entry
from studio.catalog import refresh
from studio.catalog.connections import default_connection
from studio.credits.models import SpendingRules
from studio.gateway.shell.following import NOBODY, follow
from studio.gateway.shell.saving import CannotSave, save_as
from studio.jobs.lifecycle import approvals
from studio.jobs.models import Job
from studio.team.models import Member
from studio.worker.models import Heartbeat
from studio.worker.running import run
from tests.factories import a_budget, a_job, a_manager, a_member, a_model, a_project
from tests.installation import ROOT
from tests.rows import changed_tables

pytestmark = pytest.mark.django_db
PROMPT = "a lighthouse at dawn"


@pytest.fixture
def sandbox(settings, tmp_path: Path) -> None:
    """A quick one, its models read, and one member who makes clips."""
    settings.MEDIA_ROOT, settings.SANDBOX_PACE = tmp_path / "media", "instant"
    settings.PUBLIC_URL = "https://dailies.example.com"
    refresh.refresh(default_connection())
    a_member()


@pytest.fixture
def worker(sandbox: None) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join(30)
    connections.close_all()
    assert not thread.is_alive()


def clip(*words: object, prompt: str = PROMPT, model: str = "veo31_fast") -> str:
    said = StringIO()
    call_command("clip", *([prompt] if prompt else []), "--model", model, *map(str, words), stdout=said)
    return said.getvalue()


def refused(code: int, *words: object, **options: str) -> str:
    with pytest.raises(CommandError) as error:
        clip(*words, **options)
    assert error.value.returncode == code
    return str(error.value)


# ── With a worker ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_a_clip_is_made_waited_for_and_saved(worker, tmp_path: Path):
    file = tmp_path / "dawn.mp4"
    said = clip("--duration", 3, "--quality", "std", "--out", file, model="kling_3_0").splitlines()
    job = Job.objects.get()
    assert said[0] == f"Clip {job.pk}: https://dailies.example.com/jobs/{job.pk}/"
    assert said[1] == "Kling 3.0, 16:9, 3 s, Standard: 60 credits."
    assert said[-2].startswith("Ready after ")
    assert said[-2].endswith("It cost 60 credits.")
    assert said[-1] == f"Saved as {file}."
    assert film.probe(file).duration == pytest.approx(3, abs=0.1)
    assert [found.name for found in tmp_path.iterdir() if found.suffix == ".part"] == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_clip_is_saved_also_when_nobody_reads_on(worker, tmp_path: Path):
    file = tmp_path / "dawn.mp4"
    reader, writer = os.pipe()
    os.close(reader)  # as after `| head -1`
    with os.fdopen(writer, "w") as nobody:
        words = ("--model", "kling_3_0", "--duration", "3", "--quality", "std", "--out", str(file))
        call_command("clip", PROMPT, *words, stdout=nobody)
    assert film.probe(file).duration == pytest.approx(3, abs=0.1)


@pytest.mark.django_db(transaction=True)
def test_a_clip_that_fails_ends_with_its_reason_and_code_1(worker):
    said = refused(1, "--wait", prompt="a lighthouse [sandbox:fail]")
    assert "could not finish this clip" in said
    assert "It cost nothing." in said


# ── What is asked for ───────────────────────────────────────────────────────────────────────────────────
def test_what_is_said_is_asked_for_and_told(sandbox):
    a_project("Spring campaign")
    said = clip("--ratio", "9:16", "--image", "https://example.com/a.png", "--project", "spring CAMPAIGN")
    job = Job.objects.get()
    assert job.request == {
        "model_slug": "veo31_fast",
        "prompt": PROMPT,
        "aspect_ratio": "9:16",
        "duration_seconds": 8,
        "input_image_urls": ["https://example.com/a.png"],
    }
    assert (job.state, job.project.name, job.owner.email) == (
        "queued",
        "Spring campaign",
        "member@example.com",
    )
    assert "Veo 3.1 Fast, 9:16, 8 s: 100 credits." in said
    entry = Entry.objects.get(action="clip.asked")
    assert (entry.by, entry.agent) == (job.owner, "command line")


def test_a_prompt_may_come_by_standard_input(sandbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", StringIO("a lighthouse,\nin lines\n"))
    clip(prompt="-")
    assert Job.objects.get().prompt == "a lighthouse,\nin lines"


def test_a_choice_may_be_called_as_pages_call_it(sandbox):
    assert "Kling 3.0, 16:9, 5 s, Pro, with sound: 170 credits." in clip(
        "--duration", 5, "--quality", "Pro", "--sound", model="kling_3_0"
    )
    clip("--quality", "standard", model="kling_3_0")
    assert Job.objects.latest("pk").request["quality_mode"] == "std"


def test_what_is_left_is_told_after_it_and_of_the_tightest_budget(sandbox):
    a_budget(350)
    assert "Left after it: not known yet; in the budget “The whole team, each month”, 250 credits." in clip()


def test_without_a_worker_it_says_that_nothing_goes_on(sandbox):
    assert clip().endswith(f"{NOBODY}\n")
    with pytest.raises(CommandError):
        call_command("clip", PROMPT, "--model", "veo31_fast", "--timeout", "0", stdout=(said := StringIO()))
    assert said.getvalue().count(NOBODY) == 1
    Heartbeat.beat("somebody")
    assert NOBODY not in clip()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"prompt": ""}, "prompt: Veo 3.1 Fast needs a prompt"),
        ({"model": "veo99"}, "--model: “veo99” is not offered. Offered are "),
        (["--ratio", "4:3"], "--ratio: Veo 3.1 Fast makes clips in 16:9, 9:16 or Auto"),
        (["--duration", "5"], "--duration: Veo 3.1 Fast makes clips of 8 s"),
        (["--duration", "0"], "--duration: Veo 3.1 Fast makes clips of 8 s"),
        (["--quality", "pro"], "--quality: Veo 3.1 Fast does not take “Quality”."),
        ({"model": "kling_3_0"}, "--quality: Choose a quality: Kling 3.0 offers Standard or Pro."),
        (["--sound"], "--sound: Veo 3.1 Fast does not take “Sound”."),
        (["--image", "ftp://example.com/a.png"], "--image: “ftp://example.com/a.png” is not a web address"),
        (["--video", "https://example.com/a.mp4"], "--video: Veo 3.1 Fast does not take “Video URLs”."),
        (["--project", "Nowhere"], "--project: Member makes clips in no “Nowhere”, but in General."),
        (["--email", "nobody@example.com"], "--email: No active member has the email nobody@example.com."),
    ],
)
def test_a_refusal_names_what_was_mistyped(sandbox, words, complaint):
    a_project("General", is_general=True)
    Member.objects.update(name="Member")
    said = refused(2, **words) if isinstance(words, dict) else refused(2, *words)
    assert said.startswith(complaint)
    assert not Job.objects.exists()


def test_a_value_that_a_parameter_of_the_model_s_own_does_not_take_was_mistyped(sandbox):
    a_model(
        parameters=[
            {"name": "seed", "type": "integer", "maximum": 9},
            {"name": "steps", "type": "integer", "maximum": 9},
        ]
    )
    lines = refused(2, "--set", "seed=10", "--set", "steps=10").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["--set seed", "--set steps"]


def test_several_complaints_stand_in_lines_of_their_own(sandbox):
    said = refused(2, "--ratio", "4:3", "--duration", "5").splitlines()
    assert [line.partition(":")[0] for line in said] == ["--ratio", "--duration"]


def test_of_several_members_who_make_clips_one_has_to_be_named(sandbox):
    a_manager()
    a_member("viewer@example.com", role=Member.Role.VIEWER)
    said = refused(2)
    assert "--email" in said
    assert "manager@example.com, member@example.com." in said
    clip("--email", "Manager@Example.com")
    assert Job.objects.get().owner.email == "manager@example.com"


def test_a_viewer_makes_no_clips_here_either(sandbox):
    a_member("viewer@example.com", role=Member.Role.VIEWER)
    assert refused(1, "--email", "viewer@example.com") == "Viewers can’t create clips."


def test_a_hard_budget_refuses_as_everywhere(sandbox):
    a_budget(60)
    assert refused(1) == "This needs 100 credits; the budget “The whole team, each month” has 60 left."
    assert not Job.objects.exists()


def test_without_tables_it_asks_whether_the_folder_is_right(tmp_path: Path):
    elsewhere = {**os.environ, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "studio.settings"}
    command = [sys.executable, "manage.py", "clip", PROMPT, "--model", "veo31_fast"]
    said = subprocess.run(command, cwd=ROOT, env=elsewhere, capture_output=True, text=True, timeout=110)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("CommandError: The database cannot be used: no such table")
    assert f"Is DATA_DIR {tmp_path} that of your installation" in said.stderr


# ── Quotes ──────────────────────────────────────────────────────────────────────────────────────────────
def test_a_quote_tells_the_price_and_sends_nothing(sandbox):
    a_budget(350)
    with changed_tables() as changed:
        said = clip("--quote", "--ratio", "9:16").splitlines()
    assert said == [
        "Veo 3.1 Fast, 9:16, 8 s: 100 credits.",
        "Left after it: 250 credits.",
        "Nothing was sent.",
    ]
    assert not changed
    assert not Job.objects.exists()


def test_a_quote_says_what_would_stand_in_the_way(sandbox):
    SpendingRules.objects.create(pk=1, approve_from=50)
    assert "It would wait for approval. It costs 100 credits; requests of 50 or more need approval." in clip(
        "--quote"
    )
    a_budget(60)
    said = clip("--quote")
    assert "Left after it: -40 credits." in said
    assert "It would be refused. This needs 100 credits; the budget “The whole team" in said


def test_a_quote_is_refused_as_a_clip_is(sandbox):
    assert refused(2, "--quote", "--duration", "5") == refused(2, "--duration", "5")
    a_member("viewer@example.com", role=Member.Role.VIEWER)
    assert refused(1, "--quote", "--email", "viewer@example.com") == "Viewers can’t create clips."
    for wait in (["--wait"], ["--out", "a.mp4"], ["--timeout", "0"]):
        assert refused(2, "--quote", *wait) == "--quote sends nothing that could be waited for."


# ── Waiting ─────────────────────────────────────────────────────────────────────────────────────────────
def test_what_waits_for_approval_says_why_and_who_decides(sandbox):
    SpendingRules.objects.create(pk=1, approve_from=50)
    a_manager()
    said = clip("--email", "member@example.com")
    assert "It costs 100 credits; requests of 50 or more need approval." in said
    assert "Who decides: manager, at https://dailies.example.com/credits/approvals/" in said
    assert NOBODY not in said


def test_waiting_for_approval_ends_with_the_decision(sandbox):
    job, said = a_job("approval"), []

    def decline_once_it_waits(line: str) -> None:
        said.append(line)
        approvals.decline(job.submission.approval, a_manager(), "Not this month.")

    assert follow(job, decline_once_it_waits).state == "declined"
    assert said == ["Waiting for approval."]


def test_after_its_timeout_it_goes_on_alone(sandbox):
    said = refused(3, "--timeout", "0")
    job = Job.objects.get()
    assert (
        said
        == f"Clip {job.pk} is not ready after 0 s. It goes on: https://dailies.example.com/jobs/{job.pk}/"
    )
    assert job.state == "queued"


def test_ctrl_c_leaves_the_clip_alone(sandbox, monkeypatch: pytest.MonkeyPatch):
    def press_ctrl_c(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", press_ctrl_c)
    said = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("clip", PROMPT, "--model", "veo31_fast", "--wait", stdout=said)
    assert end.value.code == 130
    assert f"No longer waiting. Clip {Job.objects.get().pk} goes on" in said.getvalue()
    assert Job.objects.get().state == "queued"


def test_a_clip_that_ended_without_a_copy_is_told_by_the_studios_address(sandbox):
    job = a_job("lost")
    assert follow(job, lambda line: pytest.fail(line)).state == "completed"


# ── Saving ──────────────────────────────────────────────────────────────────────────────────────────────
def test_nothing_is_asked_for_where_the_file_could_not_be_saved(sandbox, tmp_path: Path):
    there = tmp_path / "there.mp4"
    there.write_bytes(b"precious")
    assert (
        refused(2, "--out", there) == f"--out: {there} is there already: name another file, or add --force."
    )
    assert refused(2, "--out", tmp_path) == f"--out: {tmp_path} is a folder: name a file in it."
    assert refused(2, "--out", tmp_path / "no" / "a.mp4") == f"--out: There is no folder {tmp_path / 'no'}."
    device = tmp_path / "device"
    os.mkfifo(device)
    assert refused(2, "--out", device, "--force") == f"--out: {device} is no file: name one."
    assert device.is_fifo()
    assert not Job.objects.exists()


def test_a_file_that_came_meanwhile_is_left_alone_unless_forced(settings, tmp_path: Path):
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "clip.mp4").write_bytes(b"the clip")
    there = tmp_path / "there.mp4"
    there.write_bytes(b"precious")
    with pytest.raises(CannotSave, match="has come meanwhile"):
        save_as(there, "clip.mp4", force=False)
    assert there.read_bytes() == b"precious"
    save_as(there, "clip.mp4", force=True)
    assert there.read_bytes() == b"the clip"
    with pytest.raises(CannotSave, match="could not be saved"):
        save_as(tmp_path / "new.mp4", "gone.mp4", force=False)
    assert sorted(found.name for found in tmp_path.iterdir()) == ["media", "there.mp4"]
