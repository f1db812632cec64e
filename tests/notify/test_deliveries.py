"""Mails and webhooks, from what is told to what a real server on this machine received."""

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import connections

from studio.catalog import hooks, vault
from studio.catalog.register import NotPossible
from studio.notify import outbox
from studio.notify.kinds import Channel, Kind
from studio.notify.models import (
    Delivery,
    DeliveryState,
    Format,
    Hook,
    Notification,
    Preference,
    QuietHours,
)
from studio.notify.telling import notify
from studio.team.models import Member
from studio.worker.loops import all_loops
from studio.worker.presence import Presence
from studio.worker.running import run
from studio.worker.steps.deliveries import deliver_next
from tests.receivers.http import HttpReceiver
from tests.receivers.smtp import SmtpReceiver

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock_at_nine() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MORNING, tick=False) as travelling:
        yield travelling


def say(kind: Kind, *people: Member, about: str = "it", **words: Any) -> None:
    told: dict[str, Any] = {"title": f"{kind.label}: it", "text": "In short.", "path": "/jobs/12/", **words}
    notify(kind, people, about=about, **told)


def mailed(member: Member, kind: Kind, about: str = "it") -> None:
    Preference.objects.update_or_create(
        person=member, kind=kind, channel=Channel.MAIL, defaults={"wanted": True}
    )
    say(kind, member, about=about)


def hooked(http: HttpReceiver, form: Format = Format.JSON, person: Member | None = None) -> tuple[Hook, str]:
    return hooks.add(person, "A hook", http.url, form, list(Kind))


def deliver_all() -> int:
    """How many steps had something to do."""
    steps = 0
    while deliver_next():
        steps += 1
    return steps


def only() -> Delivery:
    return Delivery.objects.get()


# ── Each kind, each way ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("kind", Kind)
def test_each_kind_arrives_by_mail(kind: Kind, member: Member, smtp: SmtpReceiver, settings: Any) -> None:
    settings.PUBLIC_URL = "https://dailies.example.com"
    mailed(member, kind)
    deliver_all()
    (letter,) = smtp.letters
    assert letter.recipients == ("member@example.com",)
    assert letter.subject == f"{kind.label}: it"
    assert letter.text.startswith("In short.\nhttps://dailies.example.com/jobs/12/\n")
    assert "https://dailies.example.com/notifications/settings/" in letter.text
    assert (only().state, only().tries) == (DeliveryState.SENT, 1)


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_arrives_as_signed_json(kind: Kind, member: Member, http: HttpReceiver) -> None:
    _, secret = hooked(http)
    say(kind, member)
    deliver_all()
    (call,) = http.calls
    assert call.json["event"] == call.headers["Dailies-Event"] == kind.value
    assert call.json["id"] == call.headers["Dailies-Delivery"] == str(only().key)
    assert (call.json["title"], call.json["text"]) == (f"{kind.label}: it", "In short.")
    assert call.json["url"].endswith("/jobs/12/")
    assert is_ours(secret, call.headers["Dailies-Signature"], call.body)


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_arrives_as_slack_takes_it(
    kind: Kind, member: Member, http: HttpReceiver, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://dailies.example.com"
    _, secret = hooked(http, Format.SLACK)
    say(kind, member)
    deliver_all()
    (call,) = http.calls
    link = "<https://dailies.example.com/jobs/12/|Open in Dailies>"
    assert call.json == {"text": f"*{kind.label}: it*\nIn short.\n{link}"}
    assert secret == ""
    assert "Dailies-Signature" not in call.headers


def is_ours(secret: str, header: str, body: bytes, tolerance: float = 300) -> bool:
    """As docs/webhooks.md tells it."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    signed = parts["t"].encode() + b"." + body
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, parts["v1"]) and abs(time.time() - int(parts["t"])) < tolerance


def test_a_signature_covers_body_and_time(member: Member, http: HttpReceiver) -> None:
    _, secret = hooked(http)
    say(Kind.CLIP_READY, member)
    deliver_all()
    header, body = http.calls[0].headers["Dailies-Signature"], http.calls[0].body
    assert not is_ours(secret, header, body.replace(b"12", b"13"))
    assert not is_ours(secret, header.replace("t=", "t=1"), body)
    assert not is_ours("another", header, body)


def test_what_means_something_to_slack_is_escaped(member: Member, http: HttpReceiver) -> None:
    hooked(http, Format.SLACK)
    say(Kind.CLIP_FAILED, member, title="<!channel> & more", path="")
    deliver_all()
    assert http.calls[0].json == {"text": "*&lt;!channel&gt; &amp; more*\nIn short."}


def test_a_new_secret_signs_and_the_old_one_does_not(member: Member, http: HttpReceiver) -> None:
    hook, old = hooked(http)
    new = hooks.rotate(hook)
    say(Kind.CLIP_READY, member)
    deliver_all()
    header, body = http.calls[0].headers["Dailies-Signature"], http.calls[0].body
    assert is_ours(new, header, body)
    assert not is_ours(old, header, body)


def test_a_test_arrives_and_says_so(http: HttpReceiver, member: Member) -> None:
    hook, _ = hooked(http, person=member)
    QuietHours.objects.create(person=member, begins=clock(0), ends=clock(23, 59, 59, 999999))
    outbox.send_sample(hook)
    deliver_all()
    assert (http.calls[0].json["event"], http.calls[0].json["test"]) == ("test", True)


# ── What goes wrong ─────────────────────────────────────────────────────────────────────────────────────
def test_a_hook_that_stumbles_is_called_again_after_a_minute(
    member: Member, http: HttpReceiver, clock_at_nine: time_machine.Traveller
) -> None:
    hooked(http)
    http.answer(500)
    say(Kind.CLIP_READY, member)
    assert deliver_all() == 1
    waiting = only()
    assert (waiting.state, waiting.tries, waiting.last_error) == ("waiting", 1, "It answered 500.")
    assert waiting.next_at == MORNING + timedelta(minutes=1)
    clock_at_nine.shift(60)
    deliver_all()
    assert (only().state, only().tries, only().sent_at) == ("sent", 2, MORNING + timedelta(minutes=1))
    assert (only().answer, only().last_error) == (200, ""), "nothing of what is over"
    assert [call.headers["Dailies-Delivery"] for call in http.calls] == [str(waiting.key)] * 2


def test_patience_ends_after_hours(
    member: Member, http: HttpReceiver, clock_at_nine: time_machine.Traveller
) -> None:
    hooked(http)
    http.answer(503, times=9)
    say(Kind.CLIP_READY, member)
    waits = []
    while only().state == DeliveryState.WAITING:
        waits.append(only().next_at)
        clock_at_nine.move_to(waits[-1])
        deliver_all()
    assert [(late - soon) / timedelta(minutes=1) for soon, late in pairwise(waits)] == [
        1, 5, 30, 120, 360,
    ]  # fmt: skip
    assert (only().state, only().tries, len(http.calls)) == ("failed", 6, 6)


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_hook_that_says_no_is_not_asked_again(status: int, member: Member, http: HttpReceiver) -> None:
    hooked(http)
    http.answer(status)
    say(Kind.CLIP_READY, member)
    deliver_all()
    assert (only().state, only().last_error) == ("failed", f"It answered {status}: it rejects this request.")


@pytest.mark.parametrize("status", [408, 425, 429])
def test_a_hook_that_wants_time_gets_it(
    status: int, member: Member, http: HttpReceiver, clock_at_nine: time_machine.Traveller
) -> None:
    hooked(http)
    http.answer(status, {"Retry-After": "1800"})
    say(Kind.CLIP_READY, member)
    deliver_all()
    assert only().next_at == MORNING + timedelta(minutes=30)


def test_no_redirect_is_followed(member: Member, http: HttpReceiver) -> None:
    hooked(http)
    http.answer(307, {"Location": f"{http.url}/elsewhere"})
    say(Kind.CLIP_READY, member)
    deliver_all()
    assert len(http.calls) == 1
    assert (only().state, only().last_error[:15]) == ("failed", "It answered 307")


def test_a_hook_that_hangs_is_left_after_a_while(
    member: Member, http: HttpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.worker.steps.deliveries.CALL_DEADLINE", 0.3)
    hooked(http)
    http.hang()
    say(Kind.CLIP_READY, member)
    deliver_all()
    assert (only().state, only().last_error) == ("waiting", "It did not answer: the answer took too long.")


def test_the_body_of_an_answer_is_not_read(member: Member, http: HttpReceiver) -> None:
    hooked(http)
    http.answer(200, {"Content-Length": "10000000000"}, b"it never ends")
    say(Kind.CLIP_READY, member)
    deliver_all()
    assert only().state == DeliveryState.SENT


def test_a_private_address_is_not_called(member: Member, http: HttpReceiver, settings: Any) -> None:
    hooked(http)
    settings.STUDIO_ALLOWED_HOSTS = ()
    say(Kind.CLIP_READY, member)
    deliver_all()
    assert only().state == DeliveryState.FAILED
    assert "not on the public internet" in only().last_error
    assert not http.calls


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:9/hook"])
def test_where_nobody_listens_it_is_tried_again(address: str, member: Member, settings: Any) -> None:
    settings.STUDIO_ALLOWED_HOSTS = ("127.0.0.1", "nowhere.invalid")
    hooks.add(None, "", address or "https://nowhere.invalid/", Format.SLACK, [Kind.CLIP_READY])
    say(Kind.CLIP_READY, member)
    deliver_all()
    assert (only().state, only().last_error[:17]) == ("waiting", "It did not answer")


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_mail_refused_for_good_is_not_sent_again(command: str, member: Member, smtp: SmtpReceiver) -> None:
    smtp.answer(command, "550 5.7.1 Not from\tyou")
    mailed(member, Kind.CLIP_READY)
    deliver_all()
    assert only().state == DeliveryState.FAILED
    assert only().last_error == "The mail server rejected it: 550 5.7.1 Not from you"


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_mail_refused_for_now_is_sent_later(
    command: str, member: Member, smtp: SmtpReceiver, clock_at_nine: time_machine.Traveller
) -> None:
    smtp.answer(command, "451 4.7.1 Greylisted")
    mailed(member, Kind.CLIP_READY)
    deliver_all()
    assert (only().state, only().next_at) == ("waiting", MORNING + timedelta(minutes=1))
    clock_at_nine.shift(60)
    deliver_all()
    assert len(smtp.letters) == 1


def test_a_mail_server_that_cuts_or_hangs_is_tried_again(member: Member, smtp: SmtpReceiver) -> None:
    smtp.mailers["default"]["OPTIONS"]["timeout"] = 0.3
    smtp.close_on("DATA")
    mailed(member, Kind.CLIP_READY)
    deliver_all()
    assert (only().state, only().tries) == ("waiting", 1)
    assert only().last_error == "The mail server did not answer, or cut the connection."


def test_who_left_and_what_was_removed_get_nothing(
    member: Member, http: HttpReceiver, smtp: SmtpReceiver
) -> None:
    hook, _ = hooked(http)
    mailed(member, Kind.CLIP_READY)
    hooks.remove(hook)
    Member.objects.filter(pk=member.pk).update(is_active=False)
    deliver_all()
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.DROPPED}
    assert not http.calls
    assert not smtp.letters
    assert not Hook.objects.get().sealed


def test_another_encryption_key_sends_nothing_and_says_why(member: Member, http: HttpReceiver) -> None:
    hooked(http)
    Hook.objects.update(sealed="spoilt")
    say(Kind.CLIP_READY, member)
    deliver_all()
    assert (only().state, only().last_error) == ("failed", vault.LOST)


def test_what_failed_is_sent_again_when_somebody_asks(member: Member, http: HttpReceiver) -> None:
    hooked(http)
    http.answer(404)
    say(Kind.CLIP_READY, member)
    deliver_all()
    assert outbox.send_again(only())
    assert not outbox.send_again(only())
    deliver_all()
    assert (only().state, only().last_error) == ("sent", "")


def test_who_has_mended_a_receiver_need_not_wait_for_the_next_try(member: Member, http: HttpReceiver) -> None:
    hooked(http)
    http.answer(503, {"Retry-After": "7200"})
    say(Kind.CLIP_READY, member)
    assert not outbox.send_again(only()), "it is on its way"
    deliver_all()
    assert (only().state, only().tries) == ("waiting", 1)
    assert outbox.send_again(only())
    deliver_all()
    assert (only().state, only().tries, len(http.calls)) == ("sent", 1, 2)


# ── Quiet hours ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def asleep(member: Member) -> Iterator[time_machine.Traveller]:
    QuietHours.objects.create(person=member, begins=clock(22), ends=clock(7))
    with time_machine.travel(datetime(2026, 5, 4, 23, tzinfo=UTC), tick=False) as travelling:
        yield travelling


def test_one_mail_tells_of_all_that_waited(
    member: Member, smtp: SmtpReceiver, asleep: time_machine.Traveller
) -> None:
    for number in range(3):
        mailed(member, Kind.CLIP_READY, about=f"job {number}")
    assert deliver_all() == 0
    asleep.move_to(datetime(2026, 5, 5, 7, tzinfo=UTC))
    deliver_all()
    (letter,) = smtp.letters
    assert letter.subject == "3 notifications from your quiet hours"
    assert letter.text.count("Clip ready: it\nIn short.\n") == 3
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}


def test_one_that_waited_alone_is_as_any_other(
    member: Member, smtp: SmtpReceiver, http: HttpReceiver, asleep: time_machine.Traveller
) -> None:
    hooked(http, person=member)
    mailed(member, Kind.CLIP_READY)
    assert deliver_all() == 0
    asleep.move_to(datetime(2026, 5, 5, 7, tzinfo=UTC))
    deliver_all()
    assert [letter.subject for letter in smtp.letters] == ["Clip ready: it"]
    assert len(http.calls) == 1


def test_a_second_try_does_not_fall_into_the_quiet(member: Member, smtp: SmtpReceiver) -> None:
    QuietHours.objects.create(person=member, begins=clock(22), ends=clock(7))
    smtp.answer("DATA", "451 Later")
    with time_machine.travel(datetime(2026, 5, 4, 21, 59, 30, tzinfo=UTC), tick=False):
        mailed(member, Kind.CLIP_READY)
        deliver_all()
    assert only().next_at == datetime(2026, 5, 5, 7, tzinfo=UTC)


# ── Workers ─────────────────────────────────────────────────────────────────────────────────────────────
def test_a_worker_killed_between_claim_and_sending_costs_time_only(
    member: Member, http: HttpReceiver, clock_at_nine: time_machine.Traveller
) -> None:
    hooked(http)
    say(Kind.CLIP_READY, member)
    killed = outbox.claim_next()
    assert deliver_all() == 0
    clock_at_nine.shift(outbox.LEASE)
    deliver_all()
    assert len(http.calls) == 1
    outbox.failed(killed, "A ghost speaks.")
    assert (only().state, only().last_error) == ("sent", "")


@pytest.mark.django_db(transaction=True)
def test_several_workers_never_send_the_same(member: Member, http: HttpReceiver) -> None:
    hooked(http)
    for number in range(12):
        say(Kind.CLIP_READY, member, about=f"job {number}")
    together = threading.Barrier(4)

    def work() -> None:
        together.wait(5)
        while Delivery.objects.exclude(state=DeliveryState.SENT).exists():
            deliver_next()
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert len(http.calls) == 12
    assert len({call.json["about"] for call in http.calls}) == 12


# ── What is forgotten ───────────────────────────────────────────────────────────────────────────────────
def test_what_nobody_needs_is_forgotten_some_at_a_time(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AT_ONCE", 2)
    hooks.add(member, "Clips", "https://hooks.example.com/x", Format.JSON, [Kind.CLIP_READY])
    for number in range(6):
        say(Kind.CLIP_READY, member, about=f"job {number}")
    old = datetime.now(UTC) - outbox.READ_KEPT - timedelta(minutes=1)
    Delivery.objects.exclude(about="job 5").update(at=old, state=DeliveryState.SENT)
    Delivery.objects.filter(about="job 4").update(state=DeliveryState.WAITING)
    Notification.objects.update(at=old)
    Notification.objects.filter(about__in=["job 0", "job 1", "job 2"]).update(read_at=old)
    assert [outbox.forget_old() for _ in range(3)] == [4, 3, 0]
    assert set(Delivery.objects.values_list("about", flat=True)) == {"job 4", "job 5"}
    assert set(Notification.objects.values_list("about", flat=True)) == {"job 3", "job 4", "job 5"}


def test_what_is_young_is_kept(member: Member) -> None:
    hooks.add(member, "Clips", "https://hooks.example.com/x", Format.JSON, [Kind.CLIP_READY])
    say(Kind.CLIP_READY, member)
    day = timedelta(days=1)
    Delivery.objects.update(at=datetime.now(UTC) - outbox.KEPT + day, state=DeliveryState.FAILED)
    Notification.objects.update(at=datetime.now(UTC) - outbox.READ_KEPT + day, read_at=datetime.now(UTC))
    assert outbox.forget_old() == 0


# ── What may be added ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://hooks.example.com/x", "It must start with https"),
        ("https://127.0.0.1/x", "127.0.0.1 is not on the public internet"),
        ("https://[::1]/x", "::1 is not on the public internet"),
        ("https://169.254.169.254/latest", "not on the public internet"),
        ("https://localhost/x", "localhost is this server itself"),
        ("https://user:word@hooks.example.com/", "must not contain a user"),
        ("https://hooks.example.com/#part", "must not contain a user"),
        ("https://hooks.example.com:99999/", "not a valid address"),
        ("ftp://hooks.example.com/", "Enter an address"),
        ("hooks.example.com", "Enter an address"),
        ("https://hooks.example.com/a b", "Enter an address"),
    ],
)
def test_an_address_that_will_not_do_is_refused_with_the_reason(url: str, sentence: str, db: None) -> None:
    with pytest.raises(NotPossible) as refused:
        hooks.add(None, "", url, Format.SLACK, [Kind.CLIP_READY])
    assert sentence in refused.value.sentence
    assert not Hook.objects.exists()


def test_neither_address_nor_secret_stands_in_the_table_as_it_is(db: None) -> None:
    hook, secret = hooks.add(None, "", "https://hooks.example.com/services/T0/B0/token", Format.JSON, [])
    row = " ".join(str(value) for value in Hook.objects.values_list().get())
    assert "token" not in row
    assert secret not in row
    assert hooks.opened(hook).url.reveal() == "https://hooks.example.com/services/T0/B0/token"


def test_an_encryption_key_is_replaced_under_the_hooks_too(settings: Any, db: None) -> None:
    from cryptography.fernet import Fernet

    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [old]
    hook, secret = hooks.add(None, "", "https://hooks.example.com/x", Format.JSON, [])
    settings.ENCRYPTION_KEYS = [new, old]
    assert hooks.reseal_all() == []
    settings.ENCRYPTION_KEYS = [new]
    assert hooks.opened(Hook.objects.get(pk=hook.pk)).secret.reveal() == secret


@pytest.mark.django_db(transaction=True)
def test_a_running_worker_is_woken_by_what_is_told(member: Member, http: HttpReceiver) -> None:
    hooked(http)
    (deliver,) = [
        replace(loop, every=60, idle=60) for loop in all_loops(Presence()) if loop.name == "deliver"
    ]
    stop = threading.Event()
    worker = threading.Thread(target=run, args=(stop, [deliver]))
    worker.start()
    try:
        for number in (1, 2):  # it may have been about to look when the first came
            say(Kind.CLIP_READY, member, about=f"job {number}")
            deadline = time.monotonic() + 20
            while Delivery.objects.filter(state=DeliveryState.SENT).count() < number:
                assert time.monotonic() < deadline, "It was not delivered in time."
                time.sleep(0.02)
    finally:
        stop.set()
        worker.join(20)
    assert len(http.calls) == 2
