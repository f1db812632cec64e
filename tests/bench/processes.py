"""What the processes of an installation take, read from /proc."""

import os
from pathlib import Path

from tests.installation import Installation
from tests.worker.processes import descendants

TICK = os.sysconf("SC_CLK_TCK")


def web_server(home: Installation) -> list[int]:
    return [pid for pid in descendants(home.process.pid) if b"granian" in _read(pid, "cmdline")]


def cpu_seconds(pids: list[int]) -> float:
    return sum(_cpu_ticks(pid) for pid in pids) / TICK


def _cpu_ticks(pid: int) -> int:
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return int(fields[11]) + int(fields[12])


def megabytes(pids: list[int]) -> float:
    """Proportional: what processes share is counted once."""
    found = [line.split() for pid in pids for line in _read(pid, "smaps_rollup").splitlines()]
    return sum(int(words[1]) for words in found if words[0] == b"Pss:") / 1024


def _read(pid: int, name: str) -> bytes:
    return Path(f"/proc/{pid}/{name}").read_bytes()
