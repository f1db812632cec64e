"""Several deliveries at once, to real servers: one that hangs holds up nobody else, and is not asked twice at once."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from studio.catalog import hooks
from studio.jobs.models import Job
from studio.notify import outbox
from studio.notify.kinds import Kind
from studio.notify.models import Delivery, Format, Hook
from studio.notify.telling import notify
from studio.team.models import Member
from studio.worker.loops import all_loops
from studio.worker.presence import Presence
from studio.worker.running import run
from studio.worker.steps.delivery_pool import MOST, DeliveryPool
from tests.receivers.http import HttpReceiver
from tests.receivers.smtp import SmtpReceiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receivers(settings: Any) -> Iterator[list[HttpReceiver]]:
    """One more than there are hands."""
    servers = [HttpReceiver() for _ in range(MOST + 1)]
    settings.STUDIO_ALLOWED_HOSTS = tuple(server.host for server in servers)
    for server in servers:
        server.__enter__()
    yield servers
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture
def hands(receivers: list[HttpReceiver]) -> Iterator[DeliveryPool]:
    hands = DeliveryPool()
    yield hands
    for server in receivers:
        server.closing.set()
    hands.rest()


def waiting_for(server: HttpReceiver, times: int = 1) -> list[Delivery]:
    hook = hooks.add(None, "Hook", server.url, Format.JSON, [Kind.CLIP_READY])[0]
    return [outbox.send_sample(hook) for _ in range(times)]


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.01)


def state(delivery: Delivery) -> str:
    return Delivery.objects.get(pk=delivery.pk).state


def test_a_webhook_that_hangs_delays_no_other(receivers: list[HttpReceiver], hands: DeliveryPool) -> None:
    slow, quick = receivers[:2]
    slow.hang()
    (first,), others = waiting_for(slow), waiting_for(quick, 3)
    until(lambda: hands.deliver_next() or all(state(other) == "sent" for other in others))
    until(lambda: not hands.deliver_next() and all(state(other) == "sent" for other in others))
    assert state(first) == "sending"
    assert len(slow.calls) == 1


def test_a_host_is_called_once_at_a_time(receivers: list[HttpReceiver], hands: DeliveryPool) -> None:
    receivers[0].hang()
    first, second = waiting_for(receivers[0], 2)
    assert hands.deliver_next()
    until(lambda: receivers[0].calls)
    assert not hands.deliver_next()
    receivers[0].closing.set()  # cuts it off
    until(lambda: state(first) == "waiting")
    until(hands.deliver_next)
    until(lambda: state(second) == "sent")


def test_there_are_no_more_calls_at_once_than_hands(
    receivers: list[HttpReceiver], hands: DeliveryPool
) -> None:
    for server in receivers:
        server.hang()
        waiting_for(server)
    assert [hands.deliver_next() for _ in receivers] == [True] * MOST + [False]
    until(lambda: sum(len(server.calls) for server in receivers) == MOST)
    assert not receivers[-1].calls


def test_mails_go_one_after_another_beside_the_calls(
    receivers: list[HttpReceiver], hands: DeliveryPool, member: Member, smtp: SmtpReceiver
) -> None:
    smtp.hang("DATA")
    for number in (1, 2):
        notify(Kind.ATTENTION, [member], about=str(number), title="Look")
    assert hands.deliver_next()
    assert not hands.deliver_next()
    (call,) = waiting_for(receivers[0])
    assert hands.deliver_next()
    until(lambda: state(call) == "sent")
    smtp.closing.set()


def test_a_hand_whose_lease_ran_out_holds_up_nobody(
    receivers: list[HttpReceiver], hands: DeliveryPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    receivers[0].hang()
    waiting_for(receivers[0], 2)
    assert hands.deliver_next()
    until(lambda: receivers[0].calls)
    assert not hands.deliver_next()
    monkeypatch.setattr(outbox, "LEASE", outbox.LEASE * 0)
    assert hands.deliver_next()


def test_what_a_hand_cannot_cope_with_fails_the_next_step_of_the_loop(
    receivers: list[HttpReceiver], hands: DeliveryPool, member: Member
) -> None:
    (report,) = waiting_for(receivers[0])
    Hook.objects.update(person=member, format=Format.JOB)
    Delivery.objects.update(person=member, kind=Kind.CLIP_READY, job_id=1_000_000)
    assert hands.deliver_next()
    hands.rest()
    with pytest.raises(Job.DoesNotExist):
        hands.deliver_next()
    assert not hands.deliver_next()
    assert state(report) == "sending"  # until its lease runs out


def test_a_worker_that_stops_waits_for_what_is_on_its_way(receivers: list[HttpReceiver]) -> None:
    receivers[0].hang()
    (delivery,) = waiting_for(receivers[0])
    (loop,) = [replace(loop, every=60, idle=60) for loop in all_loops(Presence()) if loop.name == "deliver"]
    stop = threading.Event()
    worker = threading.Thread(target=run, args=(stop, [loop]))
    worker.start()
    until(lambda: receivers[0].calls)
    stop.set()
    worker.join(0.2)
    assert worker.is_alive()
    receivers[0].closing.set()
    worker.join(20)
    assert not worker.is_alive()
    assert state(delivery) == "waiting"
