"""Keeps a few programs running until it receives a stop signal. Knows nothing about what they do.

``become(plan)`` turns the calling process into the supervisor by exec: this frees what it had loaded (Django: 40 MB)
and keeps its process id. So this file imports only the standard library.

Each program leads its own process group. So Ctrl-C reaches only the supervisor, which then stops the programs in an
orderly way, and child processes of a program that died are ended with its group.
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
STEADY_AFTER = 60.0  # after this many seconds of running, a program's restart delay is reset
STARTS_WITHIN = 180.0  # seconds until a program that never answered is treated as unresponsive
PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Plan:
    """The commands to run, by name ("web server"), and the greeting to print once ``GET /health/live`` answers "ok".

    The program ``watched`` answers that request. It is checked every ``check_every`` seconds, and restarted after
    ``most_misses`` consecutive checks without an answer within ``patience`` seconds.
    """

    commands: dict[str, list[str]]
    health: tuple[str, int]  # host, port
    greeting: str
    grace: float = 10.0  # seconds from SIGTERM to SIGKILL
    longer: dict[str, float] = field(default_factory=dict)  # a longer grace, by name of the program
    watched: str = "web server"
    check_every: float = 5.0
    patience: float = 10.0
    most_misses: int = 3


def become(plan: Plan) -> NoReturn:
    # The plan has a sign-in link. A pipe keeps it out of the process list and away from child processes.
    reader, writer = os.pipe()
    os.write(writer, json.dumps(asdict(plan)).encode())
    os.close(writer)
    os.set_inheritable(reader, True)
    # Otherwise glibc reserves 64 MB of addresses per thread: under a limit (ulimit -v) a worker with 25 threads dies.
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
        """Checks without reaping, so that the group's id stays taken until the group is ended."""
        if self.process is None:
            return False
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def ask_to_stop(self) -> None:
        if self.process:
            self.process.terminate()

    def reap(self) -> int:
        """Kill what is left of the group, and return the exit code (negative: the signal)."""
        assert self.process
        with suppress(
            ProcessLookupError, PermissionError
        ):  # macOS raises PermissionError for a group of zombies
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
    """Starts, watches and restarts programs. ``run()`` returns after a stop signal, with every program ended."""

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
        if self.stopping:  # the second signal: no more grace
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
        """Print the greeting when the watched program answers first; restart it when it stops answering."""
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
            _say(f"The {program.name} does not answer. Restarting it in {program.plan_restart():g} s.")

    def _pause(self) -> float:
        """Seconds until a program or a check is due. The death of a program ends the wait earlier."""
        due = [program.start_due for program in self.programs if program.process is None]
        return max(min([*due, self.watch.due()]) - time.monotonic(), 0.0)

    def _end_all(self, wakeups: "_Wakeups") -> None:
        """Stop all programs. Each has its own grace."""
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
    """Within the block stop signals call ``stop``, and any of them or a child's death ends ``wait`` early."""

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
    """A function for the new child: on Linux it gets SIGTERM when the supervisor ends for any reason."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def arrange() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the supervisor has ended already
            os.kill(os.getpid(), signal.SIGTERM)

    return arrange


def _start(program: Program) -> None:
    """A lack of processes, memory or file descriptors may be temporary, so a failed start is tried again."""
    try:
        program.start()
    except (OSError, MemoryError, subprocess.SubprocessError) as error:
        why = getattr(error, "strerror", None) or str(error).rstrip(".") or type(error).__name__
        _say(f"The {program.name} could not be started: {why}. Next try in {program.plan_restart():g} s.")


class Watch:
    """Requests the health page periodically, and counts consecutive failures."""

    LOOK_EVERY = 0.1  # seconds, while a request is open

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.forget()

    def forget(self) -> None:
        """Reset: the program was restarted."""
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
        """True if a restart is due. A program that has not answered yet may still be starting."""
        is_starting = not self.has_answered and time.monotonic() - started_at < STARTS_WITHIN
        return self.misses >= self.plan.most_misses and not is_starting

    def due(self) -> float:
        return time.monotonic() + self.LOOK_EVERY if self.question else self.next_at


class Question:
    """One request for the health page: an open port does not prove that pages are served.

    Nothing here blocks, so a stop signal or the death of a program is handled while the answer is outstanding.
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
        """None while the request is open."""
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
    return f"The {name} {how}. Restarting it in {wait:g} s."


def _say(line: str) -> None:
    _write(sys.stderr, line)


def _write(where: TextIO, text: str) -> None:
    """Write a log line. A full disk or a closed pipe is no reason to end the programs.

    It bypasses Python's buffer, which would keep a failed line and fail again at exit.
    """
    with suppress(OSError):
        os.write(where.fileno(), f"{text}\n".encode())


def main() -> None:
    with os.fdopen(int(sys.argv[1])) as pipe:
        plan = Plan(**json.load(pipe))
    Supervisor(plan).run()


if __name__ == "__main__":
    main()
