"""Those who sit before the product: one asks for clips all the time, one answers what needs a person."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.db import close_old_connections, connections
from django.db.models import Q

from studio.catalog.models import StudioModel
from studio.contract.request import GenerateRequest
from studio.jobs.intents import new_token
from studio.jobs.lifecycle import decisions
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Job, Submission
from studio.jobs.states import SubmissionState
from studio.jobs.submit import Intent, submit, submitted
from studio.team.models import Member
from tests.torture.vendor import KEPT, VendorAccount
from tests.upstream.account import FAILED_WORD

MOST_WAITING = 8  # clips asked for and not sent yet: more would only be left for the end
KINDS = {"": 76, KEPT: 6, FAILED_WORD: 12, "[sandbox:reject]": 6}  # what is added to a prompt, in percent


@contextmanager
def repeated(action: Callable[[], Any], every: float) -> Iterator[threading.Thread]:
    """Meanwhile a thread acts every so many seconds. What it raises ends it, and is printed by the thread itself."""
    over = threading.Event()

    def loop() -> None:
        while not over.wait(every):
            close_old_connections()
            action()
        connections.close_all()

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        over.set()
        thread.join()


class Asker:
    """Asks for clips of every kind: alone, with a variation, twice in the same words, by a double click."""

    def __init__(self, owner: Member, seed: int) -> None:
        self.owner = owner
        self.random = random.Random(seed)
        self.asked: Counter[str] = Counter()  # clips wanted, by prompt
        self.intents: list[Intent] = []
        self.most_waiting = MOST_WAITING
        self.doubled = 0  # forms that were sent twice at once

    def ask_when_few_wait(self) -> None:
        unsent = Q(state=SubmissionState.QUEUED) | Q(state=SubmissionState.UNKNOWN, attempt=0)
        if Submission.objects.filter(unsent).count() < self.most_waiting:
            self.ask()

    def repeat_all(self) -> int:
        """Send everything again that was ever asked for, as scripts and open forms do: by its token it is the same.
        Returns how many of them the tables did not know.
        """
        forgotten = [intent for intent in self.intents if not submitted(self.owner, intent.token)]
        for intent in self.intents:
            submit(intent)
        return len(forgotten)

    def paid_since(self, number: int) -> int:
        """Clips of the intents from that number on that the studio is known to have taken."""
        tokens = [intent.token for intent in self.intents[number:]]
        return Job.objects.filter(submission__token__in=tokens, upstream_id__isnull=False).count()

    def ask(self) -> None:
        kind = self.random.choices(list(KINDS), list(KINDS.values()))[0]
        prompt = f"take {len(self.asked) + 1} {kind}".strip()
        whim = self.random.random()
        if whim < 0.1:
            self._send(prompt, variations=2)
        elif whim < 0.2:
            request = self._request(prompt)
            self._send(prompt, request)
            self._send(prompt, request)
        else:
            self._send(prompt, clicks=2 if whim < 0.4 else 1)

    def ask_plainly(self, clips: int) -> None:
        for number in range(1, clips + 1):
            self._send(f"clip number {number}")

    def _send(
        self,
        prompt: str,
        request: GenerateRequest | None = None,
        *,
        variations: int = 1,
        clicks: int = 1,
    ) -> None:
        request = request or self._request(prompt)
        model = StudioModel.objects.get(slug=request.model_slug)
        token = self.random.choice((uuid4, new_token))()  # of a key, or of a form that is opened now
        intent = Intent(self.owner, model, request, token, variations)
        self.intents.append(intent)
        self.asked[prompt] += variations
        self.doubled += clicks - 1
        fingers = [threading.Thread(target=_click, args=(intent,)) for _ in range(clicks)]
        for finger in fingers:
            finger.start()
        for finger in fingers:
            finger.join()

    def _request(self, prompt: str) -> GenerateRequest:
        """Clips of different prices, so that a charge on the wrong row shows in the sum."""
        if self.random.random() < 0.5:
            return GenerateRequest("veo31_fast", prompt=prompt, aspect_ratio="16:9", duration_seconds=8)
        quality, seconds = self.random.choice(("std", "pro")), self.random.choice((5, 10))
        return GenerateRequest(
            "kling_3_0", prompt=prompt, aspect_ratio="1:1", duration_seconds=seconds, quality_mode=quality
        )


def _click(intent: Intent) -> None:
    submit(intent)
    connections.close_all()


class Decider:
    """Looks up the truth on the vendor's site, as a person would, and decides what needs attention."""

    def __init__(self, person: Member, account: VendorAccount, seed: int) -> None:
        self.person, self.account = person, account
        self.random = random.Random(seed)
        self.decided: Counter[str] = Counter()

    def decide_all(self) -> None:
        for submission in Submission.objects.filter(state=SubmissionState.ATTENTION).order_by("pk"):
            try:
                self.decided[self._decide(submission)] += 1
            except Moved:  # a late answer was first
                continue

    def _decide(self, submission: Submission) -> str:
        prompt = submission.request["prompt"]
        known = set(Job.objects.filter(prompt=prompt).values_list("upstream_id", flat=True))
        there = [job for job in self.account.paid_for_us() if job.body.get("prompt") == prompt]
        if unclaimed := [job.job_id for job in there if job.job_id not in known]:
            decisions.settle_as(submission, unclaimed[0], self.person)
            return "it is this one"
        if self.random.random() < 0.75:
            decisions.resend(submission, self.person)
            return "sent again"
        decisions.give_up(submission, self.person)
        return "given up"
