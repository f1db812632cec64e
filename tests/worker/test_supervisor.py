"""The supervisor, with programs made for these tests. With the real ones: test_supervisor_up."""

import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.worker.supervision import supervisor as supervisor_module
from studio.worker.supervision.supervisor import STARTS_WITHIN, Plan, Watch
from tests.installation import free_port
from tests.must import must
from tests.worker.processes import Started, descendants, is_running, started, wait_for

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

IMPORTS = "from studio.worker.supervision.supervisor import Plan, Supervisor, become"
WEB = """
import http.server
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ok")
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", {port}), Health).serve_forever()
"""
IDLE = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); " + IDLE
)
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {IDLE!r}])"
FAILS_ONCE = """
import errno, os, subprocess
starts, real = [], subprocess.Popen
def popen(*args, **options):
    starts.append(args)
    if len(starts) == 2:
        raise ERROR
    return real(*args, **options)
subprocess.Popen = popen
(lambda plan: Supervisor(plan).run())"""
GREETING = "everything runs"

type Supervise = Callable[..., AbstractContextManager[Started]]


@pytest.fixture
def supervise(tmp_path: Path) -> Supervise:
    def run(
        second: str,
        *,
        grace: float = 10,
        web: str | None = None,
        longer: float | None = None,
        fails_with: str = "",
        log: str = "",
        watch: tuple[float, float] = (5.0, 10.0),
    ) -> AbstractContextManager[Started]:
        port = free_port()
        commands = {
            "web server": [sys.executable, "-c", web or WEB.format(port=port)],
            "worker": [sys.executable, "-c", second],
        }
        more = {} if longer is None else {"worker": longer}
        every, patience = watch
        watching = f"check_every={every}, patience={patience}"
        plan = f"Plan({commands!r}, ('127.0.0.1', {port}), {GREETING!r}, {grace}, {more}, {watching})"
        source = f"{IMPORTS}\n{_how(fails_with, log)}({plan})"
        return started(["-c", source], tmp_path)

    return run


def _how(fails_with: str, log: str) -> str:
    """Python that ends in what takes the plan. ``fails_with``: raised by the second start of a program."""
    if log:
        return f"import os, sys; os.dup2(os.open({log!r}, os.O_WRONLY), 2); become"
    return FAILS_ONCE.replace("ERROR", fails_with) if fails_with else "become"


def ready(supervisor: Started) -> None:
    wait_for(lambda: GREETING in supervisor.out, "the greeting")


def pid_of(supervisor: Started, source: str) -> int:
    """The program that runs ``source``."""

    def find() -> int | None:
        for pid in descendants(supervisor.process.pid):
            if source in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                return pid
        return None

    return must(wait_for(find, "the program"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_every_program_and_the_exit_code_is_0(
    supervise: Supervise, number: signal.Signals
):
    with supervise(IDLE) as supervisor:
        ready(supervisor)
        family = wait_for(lambda: descendants(supervisor.process.pid), "the programs")
        assert supervisor.stop(number) == 0
        assert not any(is_running(pid) for pid in family)
        assert supervisor.out.count(GREETING) == 1
        assert supervisor.err == ""


def test_the_greeting_waits_for_the_health_page(supervise: Supervise):
    with supervise("raise SystemExit(3)", web=IDLE) as supervisor:
        wait_for(lambda: "Restarting it in 1 s" in supervisor.err, "two deaths of the worker")
        assert GREETING not in supervisor.out


def test_a_program_that_dies_is_started_again_and_one_line_says_so(supervise: Supervise):
    with supervise(IDLE) as supervisor:
        ready(supervisor)
        first = pid_of(supervisor, IDLE)
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: not is_running(first), "the first worker to end")
        assert pid_of(supervisor, IDLE) != first
        assert supervisor.err == "The worker was ended by SIGKILL. Restarting it in 0.5 s.\n"


def test_a_program_that_keeps_dying_is_started_less_and_less_often(supervise: Supervise):
    with supervise("raise SystemExit(3)") as supervisor:
        wait_for(lambda: supervisor.err.count("\n") == 3, "three deaths")
        waits = [line.rpartition(" in ")[2] for line in supervisor.err.splitlines()]
        assert waits == ["0.5 s.", "1 s.", "2 s."]
        assert "The worker stopped with exit code 3" in supervisor.err


@pytest.mark.slow
def test_without_file_descriptors_the_supervisor_keeps_trying_to_restart_a_program(supervise: Supervise):
    with supervise(IDLE) as supervisor:
        ready(supervisor)
        own, first = supervisor.process.pid, pid_of(supervisor, IDLE)
        limits = resource.prlimit(own, resource.RLIMIT_NOFILE)
        resource.prlimit(own, resource.RLIMIT_NOFILE, (3, limits[1]))
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: supervisor.err.count("Too many open files") == 2, "two failed restarts")
        resource.prlimit(own, resource.RLIMIT_NOFILE, limits)
        assert pid_of(supervisor, IDLE) != first
        assert supervisor.err.splitlines()[1:] == [
            "The worker could not be started: Too many open files. Next try in 1 s.",
            "The worker could not be started: Too many open files. Next try in 2 s.",
        ]
        assert supervisor.stop() == 0


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))", "Resource temporarily unavailable"),
        ("OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))", "Cannot allocate memory"),
        ("MemoryError()", "MemoryError"),
        (
            "subprocess.SubprocessError('Exception occurred in preexec_fn.')",
            "Exception occurred in preexec_fn.",
        ),
    ],
)
def test_a_program_that_cannot_be_started_is_tried_again_and_the_other_one_runs_on(
    supervise: Supervise, error: str, words: str
):
    with supervise(IDLE, fails_with=error) as supervisor:
        ready(supervisor)  # so the web server runs
        assert pid_of(supervisor, IDLE)
        assert supervisor.err.startswith(f"The worker could not be started: {words.rstrip('.')}. Next try")
        assert supervisor.stop() == 0


def test_a_log_that_cannot_be_written_does_not_end_the_programs(supervise: Supervise, tmp_path: Path):
    with supervise(IDLE, log="/dev/full") as supervisor:
        ready(supervisor)
        first = pid_of(supervisor, IDLE)
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: not is_running(first), "the first worker to end")
        assert pid_of(supervisor, IDLE) != first
        assert supervisor.stop() == 0


def test_a_program_that_does_not_listen_is_killed_after_the_grace(supervise: Supervise):
    with supervise(STUBBORN, grace=0.5) as supervisor:
        wait_for(lambda: "deaf" in supervisor.out, "the worker to turn deaf")
        deaf = pid_of(supervisor, STUBBORN)
        assert supervisor.stop() == 0
        assert not is_running(deaf)


def test_a_program_that_needs_longer_has_its_own_grace_and_keeps_no_other_alive(supervise: Supervise):
    slow = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), sys.exit()))\n"
    slow += "print('ready', flush=True); time.sleep(600)"
    deaf_web = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {IDLE}"
    with supervise(slow, grace=0.2, longer=20, web=deaf_web) as supervisor:
        wait_for(lambda: "ready" in supervisor.out, "the slow worker")
        web, worker = pid_of(supervisor, deaf_web), pid_of(supervisor, slow)
        supervisor.process.send_signal(signal.SIGTERM)
        wait_for(lambda: not is_running(web), "the end of its grace", 0.9)
        assert is_running(worker)
        assert supervisor.process.wait(10) == 0
        assert not is_running(worker)


def test_a_second_stop_signal_does_not_wait_for_the_grace(supervise: Supervise):
    with supervise(STUBBORN, grace=600) as supervisor:
        wait_for(lambda: "deaf" in supervisor.out, "the worker to turn deaf")
        ready(supervisor)
        web = next(pid for pid in descendants(supervisor.process.pid) if pid != pid_of(supervisor, STUBBORN))
        supervisor.process.send_signal(signal.SIGINT)
        wait_for(lambda: not is_running(web), "the first to stop")
        assert supervisor.stop() == 0


def test_what_a_program_started_itself_ends_with_it(supervise: Supervise):
    with supervise(PARENT) as supervisor:
        grandchild = pid_of(supervisor, IDLE)
        os.kill(pid_of(supervisor, PARENT), signal.SIGKILL)
        wait_for(lambda: not is_running(grandchild), "the grandchild to end")
        second = pid_of(supervisor, IDLE)
        assert supervisor.stop() == 0
        wait_for(lambda: not is_running(second), "its successor to end")


def test_when_the_supervisor_is_killed_its_programs_end_too(supervise: Supervise):
    with supervise(IDLE) as supervisor:
        ready(supervisor)
        family = descendants(supervisor.process.pid)
        supervisor.stop(signal.SIGKILL)
        wait_for(lambda: not any(is_running(pid) for pid in family), "the programs to end")


def web_of(supervisor: Started) -> int:
    found = wait_for(
        lambda: next(
            (pid for pid in descendants(supervisor.process.pid) if "Health" in command_of(pid)), None
        ),
        "the web server",
    )
    return must(found)


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_a_web_server_that_no_longer_answers_is_restarted_and_one_line_says_so(supervise: Supervise):
    with supervise(IDLE, watch=(0.1, 0.3)) as supervisor:
        ready(supervisor)
        hung, worker = web_of(supervisor), pid_of(supervisor, IDLE)
        os.kill(hung, signal.SIGSTOP)
        wait_for(lambda: not is_running(hung), "the end of the web server that hangs")
        wait_for(lambda: web_of(supervisor) != hung, "another one")
        assert "The web server does not answer. Restarting it in 0.5 s.\n" in supervisor.err
        assert pid_of(supervisor, IDLE) == worker, "the worker goes on"
        assert supervisor.out.count(GREETING) == 1


class Scripted:
    """In the place of Question."""

    def __init__(self, answers: list[bool]) -> None:
        self.answers = iter(answers)

    def __call__(self, place: tuple[str, int], patience: float) -> "Scripted":
        return self

    def is_answered(self) -> bool | None:
        return next(self.answers)


@given(answers=st.lists(st.booleans(), max_size=12), has_started_long_ago=st.booleans())
def test_only_several_misses_in_a_row_count_and_none_while_it_starts(
    answers: list[bool], has_started_long_ago: bool
):
    plan = Plan({}, ("127.0.0.1", 1), GREETING, check_every=0)
    started_at = time.monotonic() - (STARTS_WITHIN + 1) * has_started_long_ago
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(supervisor_module, "Question", Scripted(answers))
        patched.setattr(Watch, "LOOK_EVERY", 0)
        watch = Watch(plan)
        for number in range(1, len(answers) + 1):
            watch.look()
            missed_all = answers[max(0, number - 3) : number] == [False] * 3
            may = any(answers[:number]) or has_started_long_ago
            assert watch.is_overdue(started_at) == (missed_all and may)


def test_a_stop_signal_ends_everything_while_the_web_server_hangs(supervise: Supervise):
    with supervise(IDLE, watch=(0.1, 60.0), grace=0.5) as supervisor:
        ready(supervisor)
        os.kill(web_of(supervisor), signal.SIGSTOP)
        family = descendants(supervisor.process.pid)
        assert supervisor.stop() == 0
        assert not any(is_running(pid) for pid in family)
