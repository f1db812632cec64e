"""Job reports: each end of a clip reaches the webhook that its request named, once, as the status tells it."""

import base64
import hmac
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from studio.catalog import hooks, vault
from studio.catalog.register import NotPossible
from studio.jobs import handover, notifications
from studio.jobs.job_report import is_over, job_report, word_for
from studio.jobs.lifecycle import archiving, decisions, machine
from studio.jobs.states import JobState
from studio.notify import outbox
from studio.notify.kinds import Kind
from studio.notify.models import Delivery, DeliveryState, Format, Hook, QuietHours, RequestSecret
from studio.team.models import Member
from studio.worker.steps.deliveries import deliver_next
from tests import factories
from tests.factories import a_job, a_manager, a_member, fresh, store
from tests.must import must
from tests.receivers.http import Call, HttpReceiver

pytestmark = pytest.mark.django_db
WALKS = (*JobState.values, "stored", "lost")
ENDS = {
    "stored": "completed",
    "lost": "completed",
    **dict.fromkeys(("failed", "rejected", "declined", "cancelled", "abandoned"), "failed"),
}
LATER = timedelta(minutes=1)
URL = "https://hooks.example.com/clips?key=xyzzy"


def deliver_all() -> None:
    while deliver_next():
        pass


def of(hook: Hook) -> list[Delivery]:
    return list(Delivery.objects.filter(hook=hook).order_by("pk"))


@pytest.fixture
def asked(member: Member, http: HttpReceiver) -> Hook:
    """What the member's script named, and where it really arrives."""
    return hooks.for_request(member, http.url)


@contextmanager
def later() -> Iterator[None]:
    """After any answer that a script may still wait for."""
    with time_machine.travel(datetime.now(UTC) + LATER):
        yield


# ── The webhook of a request ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("walk", WALKS)
def test_each_end_is_told_once_and_nothing_else_is(walk: str, member: Member) -> None:
    hook, own = hooks.for_request(member, URL), reporting(member, URL)
    job = a_job(walk, owner=member, hook=hook)
    words = {Kind.CLIP_READY: "completed", Kind.CLIP_FAILED: "failed"}
    for each in (hook, own):
        assert [words[Kind(delivery.kind)] for delivery in of(each)] == ([ENDS[walk]] if walk in ENDS else [])
    assert is_over(job) == (walk in ENDS)
    assert walk not in ENDS or word_for(job) == ENDS[walk]


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_a_clip_that_is_reported_twice_is_told_once(end: str, member: Member) -> None:
    hook = hooks.for_request(member, URL)
    job = a_job("processing", owner=member, hook=hook)
    for _ in range(2):
        machine.report(job, factories.told(job, end))
        machine.report(fresh(job), factories.told(job, end, credits_charged=90))
        if end == "completed" and job.archive == "waiting":
            store(job)
    assert len(of(hook)) == 1


def test_files_that_are_stored_again_are_no_second_end(member: Member) -> None:
    hook = hooks.for_request(member, URL)
    job = a_job("stored", owner=member, hook=hook)
    archiving.find_missing(job.files.get(), "A file is gone.")
    store(fresh(job))
    lost = a_job("lost", owner=member, hook=hook)
    archiving.ask_again(lost, member)
    store(fresh(lost))
    assert len(of(hook)) == 2


def test_what_the_log_has_forgotten_is_not_told_again(member: Member) -> None:
    hook = hooks.for_request(member, URL)
    job = a_job("stored", owner=member, hook=hook)
    Delivery.objects.all().delete()
    long_ago = must(job.finished_at) - outbox.KEPT - LATER
    job = factories.altered(job, finished_at=long_ago)
    archiving.find_missing(job.files.get(), "A file is gone.")
    store(fresh(job))
    assert of(hook) == []


def test_each_clip_of_a_request_and_each_hook_has_its_own(member: Member) -> None:
    first, second = hooks.for_request(member, URL), hooks.for_request(member, URL + "&again")
    for hook in (first, first, second):
        a_job("failed", owner=member, hook=hook)
    assert (len(of(first)), len(of(second))) == (2, 1)


def test_a_completed_clip_arrives_with_its_files(
    member: Member, http: HttpReceiver, asked: Hook, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT, settings.PUBLIC_URL = tmp_path, "https://dailies.example.com"
    default_storage.save("clips/aa/aa.mp4", ContentFile(b"a clip"))
    job = a_job("completed", owner=member, hook=asked)
    deliver_all()
    assert not http.calls
    store(job)
    deliver_all()
    (call,) = http.calls
    assert call.headers["Dailies-Event"] == call.json["event"] == "job.completed"
    assert call.json["id"] == call.headers["Dailies-Delivery"] == str(of(asked)[0].key)
    assert call.json["job"] == job_report(fresh(job))
    assert call.json["job"]["status"] == "completed"
    assert call.json["job"]["prompt"] == job.prompt
    (result,) = call.json["job"]["result_urls"]
    assert result.startswith("https://dailies.example.com/media/clips/aa/aa.mp4?until=")
    delivery = of(asked)[0]
    assert (delivery.state, delivery.answer) == (DeliveryState.SENT, 200)


def test_a_failed_clip_arrives_with_the_reason(member: Member, http: HttpReceiver, asked: Hook) -> None:
    a_job("rejected", owner=member, hook=asked)
    with later():
        deliver_all()
    said = http.calls[0].json
    assert (said["event"], said["job"]["status"]) == ("job.failed", "failed")
    assert (said["job"]["error_message"], said["job"]["credits_charged"]) == ("Invalid prompt.", 0)


def test_neither_choices_nor_quiet_hours_hold_up_a_script(
    member: Member, http: HttpReceiver, asked: Hook
) -> None:
    QuietHours.objects.create(person=member, begins=clock(0), ends=clock(23, 59, 59, 999999))
    http.answer(503)
    a_job("failed", owner=member, hook=asked)
    deliver_all()
    (delivery,) = of(asked)
    assert (delivery.state, delivery.held, delivery.answer) == (DeliveryState.WAITING, False, 503)
    assert delivery.next_at - datetime.now(UTC) <= outbox.WAITS[0]


def test_who_left_is_told_nothing(member: Member, http: HttpReceiver, asked: Hook) -> None:
    a_job("failed", owner=member, hook=asked)
    Member.objects.filter(pk=member.pk).update(is_active=False)
    deliver_all()
    assert not http.calls
    assert of(asked)[0].state == DeliveryState.DROPPED


# ── Who was told in the answer ──────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("state", ["rejected", "cancelled"])
def test_who_was_answered_at_once_is_not_called(
    state: str, member: Member, http: HttpReceiver, asked: Hook
) -> None:
    job = a_job(state, owner=member, hook=asked)
    deliver_all()
    notifications.answered_directly(job)
    with later():
        deliver_all()
    assert not http.calls
    assert (of(asked)[0].state, of(asked)[0].last_error) == (
        DeliveryState.DROPPED,
        "The script was informed in the answer to its request.",
    )


def test_who_knows_the_job_is_called_when_it_is_cancelled_later(
    member: Member, http: HttpReceiver, asked: Hook
) -> None:
    job = factories.aged(a_job("queued", owner=member, hook=asked), 60)
    decisions.cancel(job.submission, member)
    deliver_all()
    assert len(http.calls) == 1


# ── Addresses and secrets ───────────────────────────────────────────────────────────────────────────────
def test_the_same_person_and_address_are_the_same_hook(member: Member, admin: Member) -> None:
    hook = hooks.for_request(member, URL)
    assert hooks.for_request(member, URL) == hook
    assert hooks.for_request(member, URL + "&b") != hook
    assert hooks.for_request(admin, URL) != hook
    assert (hook.person, hook.host, hook.kinds) == (member, "hooks.example.com", [])
    assert hooks.opened(hook).url.reveal() == URL


def test_hooks_of_requests_are_no_hooks_that_somebody_added(member: Member) -> None:
    for number in range(hooks.MOST):
        hooks.for_request(member, f"{URL}{number}")
    assert hooks.add(member, "One", URL, Format.JSON, [Kind.CLIP_READY])
    assert not Hook.objects.of_team()
    assert Hook.objects.listed().count() == 1


def test_neither_address_nor_secret_of_a_request_stands_in_a_table(member: Member) -> None:
    hook = hooks.for_request(member, URL)
    secret = hooks.opened(hook).secret.reveal()
    rows = str([*Hook.objects.values_list(), *RequestSecret.objects.values_list()])
    assert "xyzzy" not in rows
    assert secret not in rows


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://hooks.example.com/x", "It must start with https"),
        ("https://169.254.169.254/latest", "not on the public internet"),
        ("https://localhost/x", "is this server itself"),
        ("https://a.localhost./x", "is this server itself"),
        ("https://hooks.example.com:25/x", "can’t be called on port 25"),
        ("https://hooks.example.com/\x01x", "Enter an address"),
        ("https://hooks.example.com/\x7f", "Enter an address"),
        ("clips", "Enter an address"),
        (f"https://hooks.example.com/{'x' * 2000}", "It is too long"),
        (f"https://{'x.' * 200}example.com/", "It is too long"),
    ],
)
def test_an_address_of_a_request_is_judged_as_any_other(url: str, sentence: str, member: Member) -> None:
    with pytest.raises(NotPossible) as refused:
        hooks.for_request(member, url)
    assert sentence in refused.value.sentence
    assert not Hook.objects.exists()


def test_all_requests_of_a_member_are_signed_with_one_secret(member: Member, admin: Member) -> None:
    first, second = hooks.for_request(member, URL), hooks.for_request(member, URL + "&b")
    other = hooks.for_request(admin, URL)
    secrets = [hooks.opened(hook).secret.reveal() for hook in (first, second, other)]
    assert secrets[0] == secrets[1] != secrets[2]
    new = hooks.new_request_secret(member, by=member)
    assert [hooks.opened(hook).secret.reveal() for hook in (first, second)] == [new, new]
    assert hooks.opened(other).secret.reveal() == secrets[2]


def test_another_encryption_key_is_outlived(settings: Any, member: Member) -> None:
    from cryptography.fernet import Fernet

    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    hook = hooks.for_request(member, URL)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    assert hooks.reseal_all() == []
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert hooks.opened(Hook.objects.get()).url.reveal() == URL
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(vault.CannotOpen):
        hooks.opened(hook)
    assert len(hooks.reseal_all()) == 2
    with pytest.raises(vault.CannotOpen, match="Make a new one under Notifications"):
        hooks.for_request(member, URL)
    new = hooks.new_request_secret(member, by=member)
    assert hooks.for_request(member, URL) == hook
    assert hooks.opened(Hook.objects.get()).secret.reveal() == new


# ── Reports of one's own clips ──────────────────────────────────────────────────────────────────────────
def reporting(person: Member, url: str, *kinds: Kind) -> Hook:
    return hooks.add(person, "My program", url, Format.JOB, kinds or (Kind.CLIP_READY, Kind.CLIP_FAILED))[0]


def test_a_report_takes_only_the_kinds_that_it_names(member: Member) -> None:
    hook = reporting(member, URL, Kind.CLIP_FAILED)
    a_job("stored", owner=member)
    a_job("failed", owner=member)
    assert [each.kind for each in of(hook)] == [Kind.CLIP_FAILED]


def test_reports_are_of_ones_own_clips(member: Member, admin: Member) -> None:
    hook = reporting(admin, URL)
    a_job("failed", owner=member)
    assert of(hook) == []


def test_reports_to_a_member_wait_for_the_end_of_quiet_hours(member: Member) -> None:
    QuietHours.objects.create(person=member, begins=clock(0), ends=clock(23, 59, 59, 999999))
    hook = reporting(member, URL)
    a_job("failed", owner=member)
    assert of(hook)[0].held


def test_who_looks_after_a_private_clip_is_not_told_its_prompt(
    member: Member, http: HttpReceiver, settings: Any
) -> None:
    heir, manager = a_member("heir@example.com"), a_manager()
    reporting(heir, http.url)
    job = a_job("completed", owner=member, is_private=True, prompt="a secret lighthouse")
    handover.hand_over(member, heir, by=manager, everything=True)
    store(fresh(job))
    deliver_all()
    (call,) = http.calls
    assert call.json["job"]["job_id"] == str(job.public_id)
    assert call.json["job"]["result_urls"] == []
    assert b"lighthouse" not in call.body


def test_the_team_gets_no_reports(db: None) -> None:
    with pytest.raises(NotPossible, match="contains the prompt"):
        hooks.add(None, "Team", URL, Format.JOB, [Kind.CLIP_READY])
    with pytest.raises(IntegrityError), transaction.atomic():
        Hook.objects.create(name="Team", host="h", format=Format.JOB, sealed="x")


def test_a_test_of_a_report_says_that_it_is_one(member: Member, http: HttpReceiver) -> None:
    outbox.send_sample(reporting(member, http.url))
    deliver_all()
    assert (http.calls[0].json["event"], http.calls[0].json["job"]) == ("test", None)


# ── As docs/webhooks.md tells it ────────────────────────────────────────────────────────────────────────
def recipe() -> str:
    text = (django_settings.BASE_DIR / "docs/webhooks.md").read_text()
    return must(re.search(r"```python\n(.*?)```", text, re.DOTALL))[1]


def verify(call: Call, secret: str, body: bytes | None = None) -> None:
    """Raises ValueError when it does not come from here."""
    known = {"base64": base64, "hmac": hmac, "time": time, "secret": secret}
    exec(recipe(), {**known, "headers": call.headers, "body": body or call.body})


def test_the_recipe_of_the_docs_verifies_what_arrives(
    member: Member, http: HttpReceiver, asked: Hook
) -> None:
    a_job("failed", owner=member, hook=asked)
    deliver_all()
    (call,) = http.calls
    verify(call, hooks.opened(asked).secret.reveal())
    with pytest.raises(ValueError, match="Not from Dailies"):
        verify(call, hooks.opened(asked).secret.reveal(), call.body + b" ")
    with pytest.raises(ValueError, match="Not from Dailies"):
        verify(call, hooks.new_request_secret(member, by=member))


def test_what_arrived_comes_again_under_its_key_signed_anew(
    member: Member, http: HttpReceiver, asked: Hook, settings: Any
) -> None:
    a_job("stored", owner=member, hook=asked)
    deliver_all()
    hooks.new_request_secret(member, by=member)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=5)):
        assert outbox.send_again(of(asked)[0])
        deliver_all()
        verify(http.calls[1], hooks.opened(asked).secret.reveal())
    first, again = (call.json for call in http.calls)
    assert first["id"] == again["id"]
    assert {**first["job"], "result_urls": []} == {**again["job"], "result_urls": []}
    assert first["job"]["result_urls"] != again["job"]["result_urls"] != []
    assert of(asked)[0].tries == 1


def test_a_stumbling_receiver_of_a_request_is_called_again_as_it_asks(
    member: Member, http: HttpReceiver, asked: Hook
) -> None:
    http.answer(500)
    http.answer(503, {"Retry-After": "1800"})
    with time_machine.travel(datetime.now(UTC), tick=False) as clock_hand:
        a_job("failed", owner=member, hook=asked)
        deliver_all()
        clock_hand.shift(60)
        deliver_all()
        clock_hand.shift(1799)
        deliver_all()
        assert len(http.calls) == 2
        clock_hand.shift(1)
        deliver_all()
    assert [call.json["id"] for call in http.calls] == [str(of(asked)[0].key)] * 3
    assert (of(asked)[0].state, of(asked)[0].tries) == (DeliveryState.SENT, 3)


def test_a_private_host_of_a_request_is_not_called(
    member: Member, http: HttpReceiver, asked: Hook, settings: Any
) -> None:
    settings.STUDIO_ALLOWED_HOSTS = ()
    a_job("failed", owner=member, hook=asked)
    deliver_all()
    assert not http.calls
    assert of(asked)[0].state == DeliveryState.FAILED
    assert "not on the public internet" in of(asked)[0].last_error


def test_the_example_of_the_docs_has_the_fields_that_arrive(
    member: Member, http: HttpReceiver, asked: Hook
) -> None:
    text = (django_settings.BASE_DIR / "docs/webhooks.md").read_text()
    example = json.loads(
        must(re.search(r'\{"id"[^`]*"event": "job\.completed".*?\n\n?```', text, re.DOTALL))[0][:-3]
    )
    a_job("stored", owner=member, hook=asked)
    deliver_all()
    (call,) = http.calls
    assert list(example) == list(call.json)
    assert list(example["job"]) == list(call.json["job"])
