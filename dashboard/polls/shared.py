"""Answers shared between tabs: when a job changes, all tabs with the same list send the same request."""

import time
from collections.abc import Set
from dataclasses import dataclass, field

from dashboard.polls.pulse import Pulse

LIFE = 1.0  # seconds, since answers contain times
MOST = 200  # cached answers

type Question = tuple[str, ...]  # the parts of a request that the answer depends on, except the member


@dataclass(frozen=True, slots=True)
class Answer:
    """``owners`` are the members for whom the answer differs, because it has clips of theirs."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    owners: Set[int] = frozenset()
    made_at: float = field(default_factory=time.monotonic)


class SharedAnswers:
    """A cache of answers. Each is valid for the pulse that was read before it, so it is never behind that pulse."""

    def __init__(self) -> None:
        self._answers: dict[tuple[Pulse, Question, int | None], Answer] = {}

    def find(self, pulse: Pulse, question: Question, member: int) -> Answer | None:
        own, everybody_s = (self._answers.get((pulse, question, who)) for who in (member, None))
        if own is None and everybody_s and member in everybody_s.owners:
            return None
        found = own or everybody_s
        return found if found and time.monotonic() - found.made_at < LIFE else None

    def keep(self, pulse: Pulse, question: Question, member: int, answer: Answer) -> None:
        if len(self._answers) >= MOST:
            self._answers = {}
        self._answers[pulse, question, member if member in answer.owners else None] = answer
