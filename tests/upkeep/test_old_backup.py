"""Fault 35: an old backup calls requests queued that were sent, and paid, since it was taken."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from studio.catalog.connections import engine_for
from studio.catalog.models import Connection, StudioModel
from studio.gateway.idempotency import HEADER
from studio.jobs.dispatch import sending
from studio.jobs.intents import new_token
from studio.jobs.matching import lost_requests
from studio.jobs.models import Event, Job, Submission
from studio.jobs.submit import Intent, submit
from studio.jobs.sync import repeated, restored, watching
from studio.upkeep.backup import back_up
from studio.upkeep.restore import adopt, restore
from studio.worker.models import Heartbeat
from tests.factories import a_member, a_request, a_token
from tests.gateway.conftest import GENERATE, WISH, Script
from tests.must import must
from tests.upstream.server import FakeStudio
from tests.worker.processes import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def ask(**changes) -> Job:
    return submit(
        Intent(a_member(), StudioModel.objects.get(slug="veo31_fast"), a_request(**changes), uuid4())
    )[0]


def work() -> None:
    """One turn of each of the worker's steps."""
    steps = (sending.send_next, restored.check_restored, repeated.check_repeated, sending.release_blocked)
    for step in (*steps, watching.poll):
        step(Connection.objects.get())
    sending.reap()
    watching.read_history_when_due(Connection.objects.get())


@pytest.fixture
def impatient(settings, monkeypatch) -> None:
    for name in ("LINK_AFTER", "ASK_AFTER"):
        monkeypatch.setattr(lost_requests, name, lost_requests.ASK_AFTER * 0)
    monkeypatch.setattr(restored, "READINGS_APART", timedelta())
    monkeypatch.setattr(watching, "SHORTEST_DOUBT", timedelta())


def test_a_clock_that_was_an_hour_ahead_at_the_backup_and_is_set_right_before_the_restore_hides_nothing(
    connection, video_studio: FakeStudio, folder: Path, impatient
):
    """By the clock of the backup, what was paid since is older than it."""
    long_ago = video_studio.account.made_elsewhere(prompt="long ago")
    long_ago.created_at = long_ago.created_at.replace(year=2020)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        video_studio.account.skew = timedelta(hours=-1)
        watching.read_history(connection)
        ask()
        backup = back_up(folder)
        assert sending.send_next(Connection.objects.get())
    video_studio.account.skew = timedelta()
    restore(backup)
    for _ in range(4):
        cache.clear()
        work()
    assert video_studio.paid_posts == 1
    assert Job.objects.get().upstream_id in (None, video_studio.account.jobs[-1].job_id)


def test_a_queued_request_that_was_paid_since_is_linked_and_not_paid_again(
    connection, video_studio: FakeStudio, folder: Path, impatient
):
    long_ago = video_studio.account.made_elsewhere(prompt="long ago")
    long_ago.created_at = long_ago.created_at.replace(year=2020)
    paid, waiting = ask(), ask(prompt="asked for, and never sent")
    backup = back_up(folder)
    assert sending.send_next(connection)
    assert video_studio.paid_posts == 1
    restore(backup)
    assert [job.state for job in Job.objects.order_by("pk")] == ["queued", "queued"]

    def is_over() -> bool:
        work()
        return all(job.upstream_id for job in Job.objects.all())

    wait_for(is_over, "both requests to be known to the studio")
    assert Job.objects.get(pk=paid.pk).upstream_id == video_studio.account.jobs[1].job_id
    assert Job.objects.get(pk=waiting.pk).upstream_id == video_studio.account.jobs[2].job_id
    assert [call.body["prompt"] for call in video_studio.calls("POST")] == [paid.prompt, waiting.prompt]
    assert video_studio.paid_posts == 2


def test_one_that_was_on_its_way_is_linked_as_well(
    connection, video_studio: FakeStudio, folder: Path, impatient
):
    job = ask()
    claimed = must(sending.claim_next(connection))
    backup = back_up(folder)
    sending.send(claimed, engine_for(connection))
    restore(backup)
    assert Job.objects.get().state == "sending"
    Submission.objects.update(lease_until=claimed.sent_at)

    def is_over() -> bool:
        work()
        return bool(Job.objects.get().upstream_id)

    wait_for(is_over, "the request to be found")
    assert (Job.objects.get().pk, video_studio.paid_posts) == (job.pk, 1)
    assert len(video_studio.calls("POST")) == 1


@pytest.mark.parametrize("is_copy", [False, True], ids=["a backup", "an old copy"])
def test_requests_that_are_repeated_after_a_restore_are_the_clips_that_were_paid_before_it(
    connection, video_studio: FakeStudio, folder: Path, impatient, settings, monkeypatch, is_copy
):
    """By their keys and by an open form. Nothing in the backup waits, so its hold ends right away."""
    settings.API_PATIENCE = 0.0
    monkeypatch.setattr(repeated, "READINGS_APART", timedelta())
    monkeypatch.setattr(lost_requests, "ASK_AFTER", timedelta(minutes=2))
    long_ago = video_studio.account.made_elsewhere(prompt="long ago")
    long_ago.created_at = long_ago.created_at.replace(year=2020)
    owner, form = a_member(), new_token()
    script = Script(*a_token(owner))
    Heartbeat.beat("host:1")
    backup = back_up(folder)

    def by_key(number: int) -> None:
        asked = script.post(GENERATE, {**WISH, "prompt": f"order {number}"}, **{HEADER: f"order-{number}"})
        assert asked.status_code == 200, asked.content

    def by_form() -> None:
        model = StudioModel.objects.get(slug="veo31_fast")
        submit(Intent(owner, model, a_request(prompt="from a form"), form))

    def is_over(clips: int) -> bool:
        work()
        return Job.objects.exclude(upstream_id=None).count() == clips

    for number in (1, 2):
        by_key(number)
    by_form()
    wait_for(lambda: is_over(3), "the requests to be paid")
    paid = dict(Job.objects.values_list("prompt", "upstream_id"))
    restore(backup, force=True)
    if is_copy:
        Connection.objects.update(held_since=None, held_from=None)  # as it would come without us
        adopt(force=True)
    assert not Job.objects.exists()
    work()
    assert Connection.objects.get().held_since is None
    for number in (1, 2, 3):
        by_key(number)
    by_form()
    assert set(Job.objects.values_list("state", flat=True)) == {"unknown"}
    wait_for(lambda: is_over(4), "the three to be found, and the new one to be sent")
    found = dict(Job.objects.values_list("prompt", "upstream_id"))
    assert {prompt: found[prompt] for prompt in paid} == paid
    assert video_studio.paid_posts == 4


def test_an_old_copy_without_any_trace_of_life_is_not_held(db):
    Heartbeat.objects.all().delete()
    with pytest.raises(CommandError, match=r"Nothing was changed\. This database has never been used"):
        call_command("restore", "--old-copy")
    with pytest.raises(CommandError, match="required"):
        call_command("restore")


def test_an_old_copy_is_held_from_the_last_trace_of_life_in_it(connection, capsys):
    ask()
    call_command("restore", "--old-copy")
    held = Connection.objects.get()
    assert held.held_from == Event.objects.last().at
    assert "The database is treated as a copy made at" in capsys.readouterr().out
    assert not sending.send_next(held)
