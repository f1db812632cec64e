"""A person, the product's steps and a faulty studio: what the tests of this folder drive and look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db.models import DateTimeField, F, Sum
from django.test import Client
from django.urls import reverse

from studio.catalog.connections import engine_for
from studio.catalog.models import Connection, StudioModel
from studio.credits.models import Entry
from studio.jobs.dispatch import sending
from studio.jobs.models import Job
from studio.jobs.submit import Intent, submit
from studio.jobs.sync import watching
from studio.team.models import Member
from studio.worker.loops import all_loops
from studio.worker.presence import Presence
from studio.worker.steps.archive import archive_next
from studio.worker.steps.extras import look_next
from tests.factories import a_request, fresh
from tests.faults.reading import words_of
from tests.must import must
from tests.upstream.fixtures import hang_up
from tests.upstream.server import FakeStudio

FILES = ("sandbox", "archive", "look", "proxy")  # loops that make files and keep them
HURRY = 1.5  # seconds, in which a busy machine still connects to itself; for the fixture ``deadline``
ROOMS = ("catalog", "credits", "jobs", "worker")  # whose rows hold the times that waits are counted by


@dataclass(frozen=True)
class Books:
    """Credits. ``charged`` less refunds and ``held`` by our ledger; ``taken`` by the studio."""

    charged: int = 0
    held: int = 0
    taken: int = 0


@dataclass
class Scene:
    studio: FakeStudio
    pk: int  # of the connection
    client: Client  # of the admin, signed in
    person: Member
    credits: int  # of the studio's account, at first

    # ── What a person does and reads ──
    def ask(self, prompt: str = "a lighthouse at dawn", variations: int = 1) -> Job:
        """One intent; ``jobs`` has the others of several variations."""
        model = StudioModel.objects.get(connection=self.pk, slug="veo31_fast")
        return submit(Intent(self.person, model, a_request(prompt=prompt), uuid4(), variations))[0]

    def page(self, name: str, *args: Any) -> str:
        response = self.client.get(reverse(f"dashboard:{name}", args=args))
        assert response.status_code == 200, name
        return words_of(response.content.decode())

    def clip_page(self, job: Job) -> str:
        return self.page("job-detail", job.pk)

    def press(self, name: str, *args: Any, **fields: Any) -> None:
        """A button that leads back to a page."""
        response = self.client.post(reverse(f"dashboard:{name}", args=args), fields)
        assert response.status_code == 302, name

    # ── What the worker does ──
    @property
    def connection(self) -> Connection:
        return Connection.objects.get(pk=self.pk)

    def send(self) -> bool:
        return sending.send_next(self.connection)

    def send_all(self) -> int:
        sent = 0
        while self.send():
            sent += 1
        return sent

    def read_history(self) -> None:
        watching.read_history(self.connection)

    def work(self, turns: int = 1) -> None:
        """Every loop of the worker once a turn, apart from those that make and keep files."""
        for _ in range(turns):
            for loop in (loop for loop in all_loops(Presence()) if loop.name not in FILES):
                for target in loop.targets():
                    while loop.step(*target):
                        pass

    def finish(self, job: Job) -> None:
        """Until the clip has ended, as if the pauses between two looks were over."""
        for _ in range(6):
            self.passes(seconds=20)
            self.work()
            if fresh(job).is_finished:
                return
        raise AssertionError(f"{fresh(job)} has not ended.")

    def archive(self) -> None:
        assert archive_next()
        look_next()

    def passes(self, **time: float) -> None:
        """As if that much time had gone by: every moment that we or the studio remember is so much older."""
        elapsed = timedelta(**time)
        self._grow_older(elapsed)
        for job in self.studio.account.jobs:
            job.created_at -= elapsed

    def clock_is_set(self, hours: int) -> None:
        """The clock of our machine; the studio's stays. All that was written so far is by the clock before."""
        self._grow_older(timedelta(hours=hours))
        Connection.objects.update(clock_skew=F("clock_skew") + 3600 * hours)

    def _grow_older(self, elapsed: timedelta) -> None:
        for model in (model for room in ROOMS for model in apps.get_app_config(room).get_models()):
            moments = [field.name for field in model._meta.fields if isinstance(field, DateTimeField)]
            if moments:
                model._default_manager.update(**{name: F(name) - elapsed for name in moments})

    # ── What came of it ──
    def state(self, job: Job) -> str:
        return fresh(job).state

    def pause(self, job: Job) -> timedelta:
        """How long after its last try it is to be tried again."""
        submission = fresh(job).submission
        return must(submission.send_after) - must(submission.sent_at)

    def posts(self, prompt: str = "a lighthouse at dawn") -> int:
        """Requests to make this clip that the studio has read."""
        return sum(call.body.get("prompt") == prompt for call in self.studio.calls("POST"))

    def paid(self, prompt: str = "a lighthouse at dawn") -> int:
        return self.studio.paid[prompt]

    def books(self) -> Books:
        total = dict(Entry.objects.values_list("kind").annotate(Sum("amount")))
        return Books(
            charged=total.get("charge", 0) - total.get("refund", 0),
            held=total.get("hold", 0) - total.get("release", 0),
            taken=self.credits - self.studio.account.credits,
        )

    def is_linked(self, job: Job) -> bool:
        """The job stands for the newest one that the studio made."""
        return fresh(job).upstream_id == self.studio.account.jobs[-1].job_id

    @contextmanager
    def away_at(self, settings: Any, url: str) -> Iterator[None]:
        """The studio is looked for at another address for a while."""
        home = settings.STUDIO_BASE_URL
        self._move(settings, url)
        try:
            yield
        finally:
            hang_up(engine_for(self.connection))
            self._move(settings, home)

    def _move(self, settings: Any, url: str) -> None:
        settings.STUDIO_BASE_URL = url
        Connection.objects.filter(pk=self.pk).update(base_url=url)
