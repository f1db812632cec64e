"""Idempotency-Key: a request that is sent again under its key, because its answer was lost, makes no second clip."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone

from studio.gateway.answers import Problem
from studio.gateway.generate import RefusedByStudio
from studio.gateway.models import Keyed
from studio.jobs.intents import new_token
from studio.jobs.submit import submitted
from studio.jobs.sync.repeated import KEYS_LAST
from studio.tokens.models import Token

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
FORGOTTEN_AT_ONCE = 50
ANY_BODY = ""  # the fingerprint beside a key under which everything was refused so far


def intent_of(request: HttpRequest, token: Token, body: Mapping[str, Any]) -> UUID:
    """What the request is known by: new without a key, else the same for the same key of this token.

    Raises Problem: 400 for a key that is none, 422 where it came with another body before.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return new_token()
    if not KEY.fullmatch(key):
        raise Problem(400, f"{HEADER} must be 1 to 255 visible ASCII characters.")
    _forget_old()
    fingerprint = _fingerprint(request.path, body)
    known, _ = Keyed.objects.get_or_create(token=token, key=key, defaults={"fingerprint": fingerprint})
    if known.fingerprint == ANY_BODY and not submitted(token.owner, known.intent):
        Keyed.objects.filter(pk=known.pk, fingerprint=ANY_BODY).update(fingerprint=fingerprint)
        known.refresh_from_db()  # of two at once, one was first
    if known.fingerprint != fingerprint:
        raise Problem(422, f"This {HEADER} came with another request before: use a new one.")
    return known.intent


@contextmanager
def freed_by_refusal(token: Token, intent: UUID) -> Iterator[None]:
    """What is refused inside may be sent again under its key, also corrected.

    It stays the same intent as long as no job was written for it: its twin may be writing one at this moment, and
    then no other body is taken under the key.
    """
    try:
        yield
    except Problem as refusal:
        anew = {"intent": uuid4()} if isinstance(refusal, RefusedByStudio) else {}
        Keyed.objects.filter(token=token, intent=intent).update(fingerprint=ANY_BODY, **anew)
        raise


def _fingerprint(path: str, body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps([path, body], sort_keys=True).encode()).hexdigest()


def _forget_old() -> None:
    old = Keyed.objects.filter(made_at__lte=timezone.now() - KEYS_LAST).order_by("made_at")
    while Keyed.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])).delete()[0]:
        pass
