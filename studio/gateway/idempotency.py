"""Idempotency-Key: a request that is sent again under its key, because its answer was lost, makes no second clip.

Everything about keys is here: they are looked up, compared with the body they came with, answered with the clip that
was made, and freed after a refusal.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone

from studio.core.rows import compare_and_set
from studio.gateway.answers import Problem
from studio.gateway.models import Keyed
from studio.jobs.intents import new_token
from studio.jobs.models import Job
from studio.jobs.submit import submitted
from studio.jobs.sync.repeated import KEYS_LAST
from studio.tokens.models import Token

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
FORGOTTEN_AT_ONCE = 50
ANY_BODY = ""  # the fingerprint of a key under which every request was refused so far


class RefusedByStudio(Problem):
    """The clip that was requested will never be made: the studio refused it. Its key may request another one."""


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """``intent`` identifies the request for studio.jobs.submit; ``jobs`` are those it made before, if any."""

    intent: UUID
    jobs: Sequence[Job] = ()


@contextmanager
def recognized(request: HttpRequest, token: Token, body: Mapping[str, Any]) -> Iterator[KnownRequest]:
    """The request as it is known by its key; a new one without a key.

    Raises Problem: 400 for a malformed key, 422 if the key came with another body before. If a Problem is raised
    inside, the key is free again, also for a corrected body. Its intent stays the same as long as no job was
    written for it: a simultaneous request may be writing one at this moment, and then no other body is accepted.
    """
    key = request.headers.get(HEADER)
    if key is None:
        yield KnownRequest(new_token())
        return
    if not KEY.fullmatch(key):
        raise Problem(400, f"{HEADER} must be 1 to 255 visible ASCII characters.")
    _forget_old()
    fingerprint = hashlib.sha256(json.dumps([request.path, body], sort_keys=True).encode()).hexdigest()
    known, _ = Keyed.objects.get_or_create(token=token, key=key, defaults={"fingerprint": fingerprint})
    if known.fingerprint == ANY_BODY and not submitted(token.owner, known.intent):
        compare_and_set(Keyed.objects.filter(fingerprint=ANY_BODY), known, fingerprint=fingerprint)
        known.refresh_from_db()  # of simultaneous requests one was first, and may have been refused since
    if known.fingerprint != fingerprint:
        raise Problem(422, f"This {HEADER} was used with a different request. Use a new one.")
    try:
        yield KnownRequest(known.intent, submitted(token.owner, known.intent))
    except Problem as refusal:
        new = {"intent": uuid4()} if isinstance(refusal, RefusedByStudio) else {}
        compare_and_set(Keyed.objects.filter(intent=known.intent), known, fingerprint=ANY_BODY, **new)
        raise


def _forget_old() -> None:
    old = Keyed.objects.filter(made_at__lte=timezone.now() - KEYS_LAST).order_by("made_at")
    while Keyed.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])).delete()[0]:
        pass
