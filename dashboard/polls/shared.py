"""Answers that are the same for many tabs: when a job changes, all that watch the same list ask the same question."""

import time
from collections.abc import Set
from dataclasses import dataclass, field

from dashboard.polls.pulse import Pulse

LIFE = 1.0  # seconds: what an answer says of the time is not older
MOST = 200  # answers that are kept

type Question = tuple[str, ...]  # whatever of a request the answer depends on, but for who asks


@dataclass(frozen=True, slots=True)
class Answer:
    """``owners`` see it otherwise than everybody else: their clips are in it, private ones too."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    owners: Set[int] = frozenset()
    made_at: float = field(default_factory=time.monotonic)


class SharedAnswers:
    """Each is good for the pulse that was known before it was made: nobody is told less than the pulse knows."""

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
