"""Calls of webhooks verify by the library of Standard Webhooks, and as receivers of before do it."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from studio.catalog import hooks, vault
from studio.notify import outbox
from studio.notify.kinds import Kind
from studio.notify.models import Delivery, Format, Hook
from studio.notify.payload import old_signature, signature
from studio.team.models import Member
from studio.upstream.secret import Secret
from tests.notify.test_deliveries import deliver_all, hooked, say
from tests.receivers.http import HttpReceiver

OLD_SECRET = "whsec_-_3kYx0rA9uJm1cQz7eTnB4vHs8LpWdF2iGoK6yXbE0"  # URL-safe, without padding
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("form", [Format.JSON, Format.JOB])
def test_a_call_verifies_by_the_library(form: Format, member: Member, http: HttpReceiver) -> None:
    hook, secret = hooked(http, form, member)
    outbox.send_sample(hook)
    deliver_all()
    (call,) = http.calls
    headers = {name.lower(): value for name, value in call.headers.items()}
    assert Webhook(secret).verify(call.body, headers) == call.json
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(call.body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(hooks.rotate(hook)).verify(call.body, headers)


def test_a_repetition_has_the_same_id_and_a_time_of_its_own(member: Member, http: HttpReceiver) -> None:
    _, secret = hooked(http)
    say(Kind.CLIP_READY, member)
    deliver_all()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)):
        outbox.send_again(Delivery.objects.get())
        deliver_all()
        again = {name.lower(): value for name, value in http.calls[1].headers.items()}
        Webhook(secret).verify(http.calls[1].body, again)
    first = http.calls[0].headers
    assert UUID(first["webhook-id"]) == UUID(again["webhook-id"])
    assert int(again["webhook-timestamp"]) > int(first["webhook-timestamp"])


def test_the_example_of_the_specification_is_signed_as_it_says() -> None:
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(key=st.binary(min_size=24, max_size=64), body=st.text(max_size=200))
def test_whatever_is_sent_is_signed_as_the_library_does(key: bytes, body: str) -> None:
    at = datetime.fromtimestamp(1_764_064_882, UTC)
    written = f"whsec_{base64.b64encode(key).decode()}"
    signed = signature(written, "an-id", int(at.timestamp()), body.encode())
    assert signed == Webhook(written).sign("an-id", at, body)


def test_a_secret_of_before_signs_both_headers(member: Member, http: HttpReceiver) -> None:
    hook, _ = hooked(http)
    Hook.objects.filter(pk=hook.pk).update(sealed=vault.seal(Secret(f"{OLD_SECRET} {http.url}"), hooks.WHAT))
    say(Kind.CLIP_READY, member)
    deliver_all()
    (call,) = http.calls
    headers = {name.lower(): value for name, value in call.headers.items()}
    at = int(headers["webhook-timestamp"])
    assert call.headers["Dailies-Signature"] == old_signature(OLD_SECRET, at, call.body)
    assert call.headers["Dailies-Delivery"] == headers["webhook-id"]
    as_documented = OLD_SECRET.replace("-", "+").replace("_", "/").replace("whsec/", "whsec_") + "="
    assert Webhook(as_documented).verify(call.body, headers) == call.json


def test_what_is_not_signed_still_says_which_delivery_it_is(member: Member, http: HttpReceiver) -> None:
    hooked(http, Format.SLACK)
    say(Kind.CLIP_READY, member)
    deliver_all()
    (call,) = http.calls
    assert UUID(call.headers["webhook-id"]) == Delivery.objects.get().key
    assert "webhook-signature" not in call.headers
