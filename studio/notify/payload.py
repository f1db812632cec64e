"""What a webhook is sent, and how it is signed. Pure: words in, bytes out."""

import hashlib
import hmac
import json

from studio.notify.kinds import SAMPLE
from studio.notify.models import Delivery, Format


def body_of(delivery: Delivery, form: str, origin: str) -> bytes:
    """``origin``: where people reach this installation, without a slash at its end."""
    url = origin + delivery.path if delivery.path else ""
    payload = _slack(delivery, url) if form == Format.SLACK else _json(delivery, url)
    return json.dumps(payload, ensure_ascii=False).encode()


def headers_of(delivery: Delivery, body: bytes, secret: str, now: float) -> dict[str, str]:
    """Without a ``secret`` it goes unsigned: a Slack-compatible receiver checks nothing."""
    headers = {
        "Content-Type": "application/json",
        "Dailies-Event": delivery.kind,
        "Dailies-Delivery": str(delivery.key),
    }
    return headers | {"Dailies-Signature": signature(secret, int(now), body)} if secret else headers


def signature(secret: str, at: int, body: bytes) -> str:
    """``at``, in Unix seconds, is signed along: an old call cannot be played again as a new one."""
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


def _slack(delivery: Delivery, url: str) -> dict[str, object]:
    lines = [f"*{_escaped(delivery.title)}*", _escaped(delivery.text), url and f"<{url}|Open in Dailies>"]
    return {"text": "\n".join(line for line in lines if line)}


def _escaped(text: str) -> str:
    """The three letters that mean something there."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
