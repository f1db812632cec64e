"""The body and signature of a webhook call. Pure: texts in, bytes out."""

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
    """The JSON body. ``origin``: the public URL of this installation, without a trailing slash. ``job``: the content of
    a job report; None in a test.
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
    """The event name for the receiver."""
    return JOB_EVENTS.get(delivery.kind, delivery.kind) if form == Format.JOB else delivery.kind


def headers_of(delivery: Delivery, form: str, body: bytes, secret: str, now: float) -> dict[str, str]:
    """Headers of Standard Webhooks, and our own older ones for one more release.

    Without a ``secret`` the call is not signed: Slack-compatible receivers check nothing.
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
    """The signature of Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, spec). ``key``
    identifies the delivery. ``at``, in Unix seconds, is signed as well, to prevent replays of old calls.
    """
    signed = hmac.digest(_signing_key(secret), f"{key}.{at}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"


def _signing_key(secret: str) -> bytes:
    """Decode the base64 after ``whsec_``; older secrets are URL-safe and without padding."""
    text = secret.removeprefix("whsec_").translate(URL_SAFE)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return secret.encode()


def old_signature(secret: str, at: int, body: bytes) -> str:
    """Our own format, for older receivers. It will be removed with the release after the next."""
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
    """Escape the three characters with a meaning in Slack's format."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
