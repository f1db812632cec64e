"""The child is confined and never outlives its call."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from studio import film
from studio.film import calls, child

LONG = film.RenderSpec("Sea", 60, quality="1080p")


# A worker in little: tells its child's process id, and draws.
PARENT = """
import sys
from pathlib import Path
from studio import film
from studio.film import child
start = child._start
def noted(*args):
    process = start(*args)
    print(process.pid, flush=True)
    return process
child._start = noted
film.render(film.RenderSpec("Sea", 60, quality="1080p"), Path(sys.argv[1]), deadline=60)
"""


@pytest.fixture
def started(monkeypatch) -> list[int]:
    """The process ids of the children that a test starts."""
    ids: list[int] = []
    start = child._start

    def noted(*args):
        process = start(*args)
        ids.append(process.pid)
        return process

    monkeypatch.setattr(child, "_start", noted)
    return ids


def is_gone(process_id: int) -> bool:
    try:
        os.killpg(process_id, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{process_id}/stat")  # dead, but not yet reaped, where nobody adopts orphans
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def eventually(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        threading.Event().wait(0.02)


def test_a_clip_that_takes_too_long_is_stopped_and_leaves_nothing(tmp_path, started):
    begin = time.monotonic()
    with pytest.raises(film.FilmError, match="longer than 1 second"):
        film.render(LONG, tmp_path, deadline=1)
    assert time.monotonic() - begin < 20
    assert [is_gone(process_id) for process_id in started] == [True]
    assert list(tmp_path.iterdir()) == []


def test_a_clip_can_be_cancelled_while_it_is_made(tmp_path, started):
    with pytest.raises(film.FilmError, match="cancelled"):
        film.render(LONG, tmp_path, deadline=60, cancelled=lambda: bool(started))
    assert [is_gone(process_id) for process_id in started] == [True]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_child_ends_with_a_parent_that_is_killed(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        cwd=child.PACKAGE_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        process_id = int(parent.stdout.readline())
        eventually(lambda: list(tmp_path.glob("*/clip.mp4")))  # it is drawing
        parent.kill()
    eventually(lambda: is_gone(process_id))


def test_the_child_sees_nothing_of_our_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("STUDIO_API_KEY", "secret")
    assert "secret" not in str(child._environment(tmp_path))


def test_a_child_that_crashes_is_told_as_a_sentence(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(child, "PACKAGE_ROOT", tmp_path)  # there is no studio.film to run
    with pytest.raises(film.FilmError, match=r"\.$"):
        film.probe(tmp_path / "any.mp4")
    assert "No module named" in caplog.text


@pytest.mark.slow
def test_a_busy_machine_ends_no_look_at_a_file(tmp_path, lighthouse, monkeypatch):
    """The limit counts computing time: a child that waits, as on a machine with other work, has not used it up."""
    monkeypatch.setattr(calls, "QUICK", 3)
    converse = child._converse

    def suspended(process, *rest):
        os.killpg(process.pid, signal.SIGSTOP)
        threading.Timer(4, os.killpg, (process.pid, signal.SIGCONT)).start()
        return converse(process, *rest)

    monkeypatch.setattr(child, "_converse", suspended)
    assert film.probe(lighthouse.clip).is_whole


def test_a_child_that_computes_for_too_long_is_stopped_with_a_sentence(tmp_path):
    order = {
        "task": "render", "prompt": "Sea", "duration_seconds": 60, "aspect_ratio": "16:9", "quality": "1080p",
        "sound": False, "images": [], "video": None, "take": 0,
    }  # fmt: skip
    with pytest.raises(film.FilmError, match="more computing time"):
        child.run(order, tmp_path, child.Limits(cpu_seconds=2, wall_seconds=100))


def test_limits_grow_with_the_file_and_its_picture(tmp_path):
    path = tmp_path / "film"
    path.write_bytes(b"")
    small = calls._limits(path)
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    probe = film.Probe("mp4", "hevc", "", 7680, 4320, 8.0, pixels=7680 * 4320)
    large = calls._limits(path, probe)
    assert large.cpu_seconds > small.cpu_seconds + 60
    assert large.memory > small.memory + 1_500_000_000
