"""Keeps a few programs running side by side until it is told to stop. Knows nothing of what they do.

``become(plan)`` turns the calling process into the supervisor by exec: what it had loaded (Django: 40 MB) is
gone, its process id stays. So this file imports the standard library alone.

Each program leads a process group of its own: Ctrl-C reaches the supervisor alone, which then stops them in
good order, and what a program leaves behind when it dies is ended with its group.
"""

import ctypes
import errno
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from types import FrameType
from typing import NoReturn, TextIO

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0  # seconds before a program that died is started again
STEADY_AFTER = 60.0  # a program that ran this many seconds has a clean slate
STARTS_WITHIN = 180.0  # seconds until a program that never answered counts as one that does not answer
PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Plan:
    """What to run, by name ("web server"), and what to say once ``GET /health/live`` is answered with "ok".

    The program ``watched`` is the one that answers: it is asked every ``check_every`` seconds, and restarted when it
    leaves ``most_misses`` questions in a row without an answer within ``patience`` seconds.
    """

    commands: dict[str, list[str]]
    health: tuple[str, int]  # host, port
    greeting: str
    grace: float = 10.0  # seconds from SIGTERM to SIGKILL
    longer: dict[str, float] = field(default_factory=dict)  # the same, by name, for those that need more
    watched: str = "web server"
    check_every: float = 5.0
    patience: float = 10.0
    most_misses: int = 3


def become(plan: Plan) -> NoReturn:
    # The plan holds a sign-in link: through a pipe no list of processes shows it and no child inherits it.
    reader, writer = os.pipe()
    os.write(writer, json.dumps(asdict(plan)).encode())
    os.close(writer)
    os.set_inheritable(reader, True)
    # Else glibc sets 64 MB of addresses aside for each thread: under a limit (ulimit -v) a worker with 25 of them ends.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", __file__, str(reader)])  # noqa: S606 our own file


class Program:
    def __init__(self, name: str, command: Sequence[str], grace: float) -> None:
        self.name = name
        self.command = command
        self.grace = grace
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = self.start_due = 0.0
        self.delay = FIRST_DELAY

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 our own commands
            self.command,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=_die_with(os.getpid()),
        )

    def has_died(self) -> bool:
        """Asks without reaping, so that the group's number stays taken until the group is ended."""
        if self.process is None:
            return False
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def ask_to_stop(self) -> None:
        if self.process:
            self.process.terminate()

    def reap(self) -> int:
        """Ends whatever is left of the group, and gives the exit code (negative: the signal)."""
        assert self.process
        with suppress(
            ProcessLookupError, PermissionError
        ):  # macOS says PermissionError for a group of zombies
            os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        self.process = None
        return code

    def plan_restart(self) -> float:
        """Seconds until the next start: longer each time, unless the program had run steadily."""
        if time.monotonic() - self.started_at > STEADY_AFTER:
            self.delay = FIRST_DELAY
        wait, self.delay = self.delay, min(self.delay * 2, LONGEST_DELAY)
        self.start_due = time.monotonic() + wait
        return wait


class Supervisor:
    """``run()`` returns after a stop signal, with every program ended."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.programs = [
            Program(name, command, plan.longer.get(name, plan.grace))
            for name, command in plan.commands.items()
        ]
        self.watch = Watch(plan)
        self.stopping = False
        self.ready = False

    def run(self) -> None:
        with _Wakeups(self._stop) as wakeups:
            while not self.stopping:
                self._tend()
                self._check()
                wakeups.wait(self._pause())
            self._end_all(wakeups)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:  # asked twice: no more patience
            for program in self.programs:
                program.grace = 0.0
        self.stopping = True

    def _tend(self) -> None:
        for program in self.programs:
            if program.has_died():
                _say(_exit_message(program.name, program.reap(), program.plan_restart()))
            if program.process is None and time.monotonic() >= program.start_due:
                _start(program)

    def _check(self) -> None:
        """Greet when the watched program answers for the first time, and restart it when it no longer does."""
        program = next(one for one in self.programs if one.name == self.plan.watched)
        if program.process is None:
            self.watch.forget()
            return
        self.watch.look()
        if self.watch.has_answered and not self.ready:
            self.ready = True
            _write(sys.stdout, self.plan.greeting)
        if self.watch.is_overdue(program.started_at):
            program.reap()
            _say(f"The {program.name} does not answer; starting it again in {program.plan_restart():g} s.")

    def _pause(self) -> float:
        """Until a program or a check is due. The death of a program wakes us earlier."""
        due = [program.start_due for program in self.programs if program.process is None]
        return max(min([*due, self.watch.due()]) - time.monotonic(), 0.0)

    def _end_all(self, wakeups: "_Wakeups") -> None:
        """Each program is waited for as long as its own grace."""
        running = [program for program in self.programs if program.process]
        for program in running:
            program.ask_to_stop()
        asked_at = time.monotonic()
        while running:
            for program in [*running]:
                left = asked_at + program.grace - time.monotonic()
                if left <= 0 or program.has_died():
                    program.reap()
                    running.remove(program)
            if running:
                first = min(program.grace for program in running)
                wakeups.wait(max(asked_at + first - time.monotonic(), 0.0))


class _Wakeups:
    """While open, stop signals call ``stop``, and any of them or a child's death ends ``wait`` early."""

    def __init__(self, stop: Callable[[int, FrameType | None], None]) -> None:
        self._handlers = dict.fromkeys(STOP_SIGNALS, stop) | {signal.SIGCHLD: lambda *_: None}

    def __enter__(self) -> "_Wakeups":
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._old_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, act) for number, act in self._handlers.items()}
        return self

    def wait(self, seconds: float | None) -> None:
        select.select([self._reader], [], [], seconds)
        with suppress(BlockingIOError):
            self._reader.recv(4096)

    def __exit__(self, *_: object) -> None:
        for number, act in self._old.items():
            signal.signal(number, act)
        signal.set_wakeup_fd(self._old_fd)
        self._reader.close()
        self._writer.close()


def _die_with(parent: int) -> Callable[[], None] | None:
    """Runs in the new child: on Linux it gets SIGTERM when the supervisor goes, however that comes about."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def arrange() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # gone already
            os.kill(os.getpid(), signal.SIGTERM)

    return arrange


def _start(program: Program) -> None:
    """A system short of processes, memory or file descriptors may have them again soon: keep trying."""
    try:
        program.start()
    except (OSError, MemoryError, subprocess.SubprocessError) as error:
        why = getattr(error, "strerror", None) or str(error).rstrip(".") or type(error).__name__
        _say(f"The {program.name} could not be started: {why}. Trying again in {program.plan_restart():g} s.")


class Watch:
    """Asks the health page again and again, and counts how often in a row it was not answered."""

    LOOK_EVERY = 0.1  # seconds, while a question is open

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.forget()

    def forget(self) -> None:
        """The program is another one from here on."""
        self.question: Question | None = None
        self.has_answered = False
        self.misses = 0
        self.next_at = time.monotonic()

    def look(self) -> None:
        now = time.monotonic()
        if self.question is None and now >= self.next_at:
            self.question = Question(self.plan.health, self.plan.patience)
        if self.question is None or (answered := self.question.is_answered()) is None:
            return
        self.question = None
        self.has_answered = self.has_answered or answered
        self.misses = 0 if answered else self.misses + 1
        self.next_at = now + (self.plan.check_every if self.has_answered else self.LOOK_EVERY)

    def is_overdue(self, started_at: float) -> bool:
        """A program that has not answered yet may still be starting."""
        is_starting = not self.has_answered and time.monotonic() - started_at < STARTS_WITHIN
        return self.misses >= self.plan.most_misses and not is_starting

    def due(self) -> float:
        return time.monotonic() + self.LOOK_EVERY if self.question else self.next_at


class Question:
    """One request for the health page, because an open port alone does not mean that pages are served.

    Nothing here waits: a stop signal, or the death of another program, is handled while an answer is outstanding.
    """

    REQUEST = b"GET /health/live HTTP/1.0\r\nHost: localhost\r\n\r\n"

    def __init__(self, place: tuple[str, int], patience: float) -> None:
        self.due = time.monotonic() + patience
        self.received = b""
        self.is_sent = False
        self.connection: socket.socket | None = None
        with suppress(OSError):
            family, kind, _, _, address = socket.getaddrinfo(*place, type=socket.SOCK_STREAM)[0]
            self.connection = socket.socket(family, kind)
            self.connection.setblocking(False)
            self.connection.connect_ex(address)

    def is_answered(self) -> bool | None:
        """None while that is open."""
        answered = self._read() if self.connection else False
        if answered is None and time.monotonic() >= self.due:
            answered = False
        if answered is not None and self.connection:
            self.connection.close()
        return answered

    def _read(self) -> bool | None:
        assert self.connection
        try:
            if not self.is_sent:
                self.connection.send(self.REQUEST)
                self.is_sent = True
            while block := self.connection.recv(4096):
                self.received += block
            return self.received.endswith(b"\r\n\r\nok")
        except OSError as error:
            is_open = isinstance(error, BlockingIOError) or error.errno == errno.ENOTCONN
            return None if is_open else False


def answers(host: str, port: int) -> bool:
    """Whether an installation serves pages there."""
    question = Question((host, port), patience=5.0)  # a busy machine is slow
    while (answered := question.is_answered()) is None:
        time.sleep(0.02)
    return answered


def _exit_message(name: str, code: int, wait: float) -> str:
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"stopped with exit code {code}"
    return f"The {name} {how}; starting it again in {wait:g} s."


def _say(line: str) -> None:
    _write(sys.stderr, line)


def _write(where: TextIO, text: str) -> None:
    """A log on a full disk, or one that nobody reads any more, is no reason to end the programs.

    Past Python's buffer, which would keep a line that failed and fail again at the end.
    """
    with suppress(OSError):
        os.write(where.fileno(), f"{text}\n".encode())


def main() -> None:
    with os.fdopen(int(sys.argv[1])) as pipe:
        plan = Plan(**json.load(pipe))
    Supervisor(plan).run()


if __name__ == "__main__":
    main()
