"""What a webhook is sent, and how it is signed. Pure: words in, bytes out."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from studio.notify.kinds import SAMPLE, Kind
from studio.notify.models import Delivery, Format

URL_SAFE = str.maketrans("-_", "+/")
JOB_EVENTS: dict[str, str] = {Kind.CLIP_READY: "job.completed", Kind.CLIP_FAILED: "job.failed"}


def body_of(delivery: Delivery, form: str, origin: str, job: Mapping[str, Any] | None = None) -> bytes:
    """``origin``: where people reach this installation, without a slash at its end. ``job``: what a job report tells
    of it; None in a test.
    """
    url = origin + delivery.path if delivery.path else ""
    match form:
        case Format.SLACK:
            payload = _slack(delivery, url)
        case Format.JOB:
            payload = _report(delivery, job)
        case _:
            payload = _json(delivery, url)
    return json.dumps(payload, ensure_ascii=False).encode()


def event_of(delivery: Delivery, form: str) -> str:
    """What the receiver knows it as."""
    return JOB_EVENTS.get(delivery.kind, delivery.kind) if form == Format.JOB else delivery.kind


def headers_of(delivery: Delivery, form: str, body: bytes, secret: str, now: float) -> dict[str, str]:
    """As Standard Webhooks has them, and our own of before for one more release.

    Without a ``secret`` it goes unsigned: a Slack-compatible receiver checks nothing.
    """
    key, at = str(delivery.key), int(now)
    headers = {"Content-Type": "application/json", "webhook-id": key, "webhook-timestamp": str(at)}
    headers |= {"Dailies-Event": event_of(delivery, form), "Dailies-Delivery": key}
    if not secret:
        return headers
    signatures = {
        "webhook-signature": signature(secret, key, at, body),
        "Dailies-Signature": old_signature(secret, at, body),
    }
    return headers | signatures


def signature(secret: str, key: str, at: int, body: bytes) -> str:
    """Of Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, spec). ``key`` identifies the
    delivery. ``at``, in Unix seconds, is signed as well: an old call cannot be played again as a new one.
    """
    signed = hmac.digest(_signing_key(secret), f"{key}.{at}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"


def _signing_key(secret: str) -> bytes:
    """What the base64 after ``whsec_`` stands for; secrets of before are URL-safe and without padding."""
    text = secret.removeprefix("whsec_").translate(URL_SAFE)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return secret.encode()


def old_signature(secret: str, at: int, body: bytes) -> str:
    """Our own format, which receivers of before verify. It goes with the release after the next."""
    signed = hmac.new(secret.encode(), b"%d.%b" % (at, body), hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"


def _json(delivery: Delivery, url: str) -> dict[str, object]:
    return {
        "id": str(delivery.key),
        "event": delivery.kind,
        "test": delivery.kind == SAMPLE,
        "about": delivery.about,
        "title": delivery.title,
        "text": delivery.text,
        "url": url,
        "at": delivery.at.isoformat(),
    }


def _report(delivery: Delivery, job: Mapping[str, Any] | None) -> dict[str, object]:
    return {
        "id": str(delivery.key),
        "event": event_of(delivery, Format.JOB),
        "job": job,
        "at": delivery.at.isoformat(),
    }


def _slack(delivery: Delivery, url: str) -> dict[str, object]:
    lines = [f"*{_escaped(delivery.title)}*", _escaped(delivery.text), url and f"<{url}|Open in Dailies>"]
    return {"text": "\n".join(line for line in lines if line)}


def _escaped(text: str) -> str:
    """The three letters that mean something there."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
