"""The answer of a generate call: what was accepted, or why not. What is not proven here is unknown."""

import math
from collections.abc import Mapping
from typing import Any

from studio.contract.answers import Accepted
from studio.contract.decode_jobs import readable_id
from studio.contract.envelope import BALANCE_KEYS, balance_in, says_failed, sentence_in
from studio.contract.errors import (
    InsufficientCredits,
    InvalidRequest,
    KeyRefused,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    StudioError,
)
from studio.contract.known import field_named_in
from studio.contract.spelling import Fields
from studio.contract.values import balance, charge

_IDS = ("jobids", "jobid", "jobs", "id", "uuid")
_ENVELOPES = ("data", "job", "result")
_REQUIRED = ("creditsrequired", "requiredcredits", "required")
_AVAILABLE = ("creditsavailable", "availablecredits", "available", *BALANCE_KEYS)
_SHORT_WORDS = ("insufficient", "not enough", "too few", "out of credits", "no credits left")
_LONGEST_WAIT = 3600.0  # seconds; a longer Retry-After is taken for a mistake


def decode_accepted(payload: Any) -> Accepted:
    """The body of a 2xx. Raises Refused and its kin for ``"success": false``, else OutcomeUnknown.

    Unknown is whatever does not prove which jobs were made: no ids, blank or doubled ones, or ids beside
    ``"success": false``.
    """
    if not isinstance(payload, Mapping):
        raise OutcomeUnknown("The studio's answer could not be understood. The clip may have been started.")
    said_ids = _said_ids(payload)
    if says_failed(payload):
        if said_ids:
            raise OutcomeUnknown("The studio said no, yet named a job. The clip may have been started.")
        raise _refused(payload)
    job_ids = [readable_id(_bare_id(said)) for said in said_ids]
    if not job_ids or None in job_ids or len(set(job_ids)) < len(job_ids):
        words = sentence_in(payload) or "The studio's answer names no job that could be followed."
        raise OutcomeUnknown(f"{words.rstrip('.')}. The clip may have been started.")
    return Accepted(tuple(job_id for job_id in job_ids if job_id), balance_in(payload, []), payload)


def _said_ids(payload: Mapping[str, Any], depth: int = 1) -> list[Any]:
    fields = Fields(payload)
    said = fields.take(_IDS)
    if said is not None:
        return said if isinstance(said, list) else [said]
    inner = (fields.take([name]) for name in _ENVELOPES if depth)
    found = (_said_ids(place, depth - 1) for place in inner if isinstance(place, Mapping))
    return next((ids for ids in found if ids), [])


def _bare_id(said: Any) -> Any:
    return Fields(said).take(("jobid", "id", "uuid")) if isinstance(said, Mapping) else said


def decode_refusal(status_code: int, payload: Any, retry_after: float | None = None) -> StudioError | None:
    """The error that a status proves, to be raised: the upstream's own sentence where it gave one, else ours.

    None for any other status (5xx, redirects, unheard-of ones): these prove nothing, so the caller makes
    OutcomeUnknown of them on a POST and Unavailable on a GET. ``payload`` may be anything, e.g. None for a
    body that is no JSON. ``retry_after`` is in seconds and is capped here.
    """
    words = sentence_in(payload)
    match status_code:
        case 400:
            return _refused(payload)
        case 401 | 403:
            return KeyRefused(words or "The studio refused the key: it is missing, wrong or revoked.")
        case 402:
            return _insufficient(payload)
        case 404:
            return NotFound(words or "The studio does not know this model or job.")
        case 429:
            sentence = words or "The studio asks to wait: too many requests in a short time."
            return RateLimited(sentence, _capped(retry_after))
    return None


def _capped(retry_after: float | None) -> float | None:
    if retry_after is None or math.isnan(retry_after) or retry_after < 0:
        return None
    return min(retry_after, _LONGEST_WAIT)


def _refused(payload: Any) -> Refused:
    """Of a 400, or of a 2xx that says it failed."""
    words = sentence_in(payload)
    figures = Fields(payload) if isinstance(payload, Mapping) else Fields({})
    is_short = "credit" in words.lower() and any(short in words.lower() for short in _SHORT_WORDS)
    if is_short or figures.has(("creditsrequired", "requiredcredits")):
        return _insufficient(payload)
    field, own_words = _field_errors(payload)
    sentence = words or own_words or "The studio refused this request without a reason."
    return InvalidRequest(sentence, field or field_named_in(sentence))


def _field_errors(payload: Any) -> tuple[str, str]:
    """Of ``{"duration_seconds": ["Not offered."]}``, bare or under ``errors``: field and sentence."""
    places = (
        [payload, *(Fields(payload).take([name]) for name in ("errors", "error", "detail"))]
        if isinstance(payload, Mapping)
        else []
    )
    for place in places:
        for name, said in place.items() if isinstance(place, Mapping) else ():
            if field_named_in(name) == name and (words := sentence_in(said)):
                return name, words
    return "", ""


def _insufficient(payload: Any) -> InsufficientCredits:
    fields = Fields(payload) if isinstance(payload, Mapping) else Fields({})
    required, available = charge(fields.take(_REQUIRED)), balance(fields.take(_AVAILABLE))
    words = sentence_in(payload) or "Not enough credits."
    return InsufficientCredits(words, required, available)
