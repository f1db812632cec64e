"""Decodes the answer to a generate request: accepted or refused. What neither is proven by is unknown."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from studio.contract.answers import Accepted
from studio.contract.decode.field_errors import field_error, field_in_sentence
from studio.contract.decode.job_ids import job_ids_in
from studio.contract.decode.jobs import readable_id
from studio.contract.errors import (
    Forbidden,
    InsufficientCredits,
    InvalidRequest,
    KeyRefused,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Redirected,
    Refused,
    StudioError,
)
from studio.contract.spelling.envelope import BALANCE_KEYS, balance_in, sentence_in
from studio.contract.spelling.keys import Fields, plain
from studio.contract.spelling.values import balance, charge, flag, says_none, text, whole

_REQUIRED = ("creditsrequired", "requiredcredits", "required")
_AVAILABLE = ("creditsavailable", "availablecredits", "available", *BALANCE_KEYS)
_SHORT_WORDS = ("insufficient", "not enough", "too few", "out of credits", "no credits left")
_SHORT_OF = ("credit", "balance", "funds")
_LONGEST_WAIT = 3600.0  # seconds; a longer Retry-After is treated as a mistake

_ERRORS = (
    *("error", "errors", "errormessage", "errormsg", "errmsg", "errorcode", "errcode", "errno", "fault"),
    "errordescription",
)
_CODES = ("statuscode", "httpstatus", "code", "status", "errorcode", "errcode", "errno")
_NO_ERROR = frozenset(("ok", "success", "succeeded", "0", "noerror"))
_REFUSED_STATES = frozenset(
    (
        *("error", "failed", "failure", "fail", "rejected", "refused", "denied", "invalid", "blocked"),
        *("moderated", "nsfw", "forbidden", "unauthorized"),
    )
)


def decode_accepted(payload: Any, names: Iterable[str] = ()) -> Accepted:
    """Decode the body of a 2xx. Raises Refused or a subclass if it reports an error and no job, else OutcomeUnknown.

    The outcome is unknown unless the answer proves which jobs were made: no ids, blank or repeated ones, ids next to
    ``"success": false``, or an error next to ``"success": true``. ``names``: see ``decode_refusal``.
    """
    if not isinstance(payload, Mapping):
        raise OutcomeUnknown("The studio's answer could not be understood. The clip may have been started.")
    says_no = _says_no(Fields(payload))
    raw_ids = job_ids_in(payload, is_refusal=says_no)
    if says_no and not raw_ids and (refusal := _refusal_in(payload, names)):
        raise refusal
    if raw_ids and _claims_success(Fields(payload)) is False:
        raise OutcomeUnknown("The studio said no, yet named a job. The clip may have been started.")
    job_ids = [readable_id(value) for value in raw_ids]
    if not job_ids or None in job_ids or len(set(job_ids)) < len(job_ids):
        words = sentence_in(payload) or "The studio's answer names no job that could be followed."
        raise OutcomeUnknown(f"{words.rstrip('.')}. The clip may have been started.")
    return Accepted(tuple(job_id for job_id in job_ids if job_id), balance_in(payload, []), payload)


def _refusal_in(payload: Mapping[str, Any], names: Iterable[str]) -> StudioError | None:
    """The refusal in a 2xx. A code from 400 to 599 means the same as that status, so a 5xx code proves a refusal only
    together with ``"success": false``."""
    fields = Fields(payload)
    codes = (whole(place.take([name])) for place in _error_places(fields) for name in _CODES)
    code = next((code for code in codes if code is not None and 400 <= code < 600), None)
    if code is None or (code >= 500 and _claims_success(fields) is False):
        return _refused(payload, names)
    return decode_refusal(code, payload, names=names)


def _error_places(fields: Fields) -> list[Fields]:
    error = fields.take(["error"])
    return [fields, Fields(error)] if isinstance(error, Mapping) else [fields]


def _says_no(fields: Fields) -> bool:
    """True for ``"success": false``, or for an error code or message in an answer that does not claim success."""
    if (success := _claims_success(fields)) is not None:
        return not success
    if any(_is_error(fields.take([name])) for name in _ERRORS):
        return True
    state, code = fields.take(("status", "state", "result")), fields.take(["code"])
    if isinstance(state, str | int) and (plain(state) in _REFUSED_STATES or (whole(state) or 0) >= 400):
        return True
    message = fields.take(("message", "msg", "detail"))
    return _is_error(code) and not 200 <= (whole(code) or 0) < 300 and _is_error(message)


def _claims_success(fields: Fields) -> bool | None:
    return flag(fields.take(("success", "ok", "succeeded")))


def _is_error(value: Any) -> bool:
    return value is True or not (says_none(value) or plain(text(value)) in _NO_ERROR or whole(value) == 0)


def decode_refusal(
    status_code: int,
    payload: Any,
    retry_after: float | None = None,
    *,
    names: Iterable[str] = (),
    from_proxy: bool = False,
) -> StudioError | None:
    """The error that a status proves, for the caller to raise, with the upstream's own sentence if it gave one.

    None for a status that proves nothing: the caller raises OutcomeUnknown for a POST and Unavailable for a GET.

    - 301, 307 and 308 ask for the same request at another address. A 303 is how a server answers a POST that it did
      process, so it proves nothing. Other redirects are refusals: they are not followed and not sent again.
    - 429 means not accepted, even from a proxy. Any other answer of a proxy proves nothing except a redirect
      (studio.contract.proxies): the API may have accepted the request before.
    - 408 and 425 say that the server gave up, not that it accepted nothing, and 409 may mean that an equal request
      was accepted. Only the history shows what happened.
    - Any other 4xx is a refusal.

    ``payload`` may be anything, for example None for a body that is not JSON. ``retry_after`` is in seconds and is
    capped here. ``names`` are the wire names of the request's fields: see studio.contract.decode.field_errors.
    """
    match status_code:
        case 301 | 307 | 308:
            return Redirected(f"The studio's address leads elsewhere: it answered {status_code}, a redirect.")
        case 429:
            sentence = "The studio asks to wait: too many requests in a short time."
            return RateLimited(
                sentence if from_proxy else sentence_in(payload) or sentence, _capped(retry_after)
            )
        case 303 | 408 | 409 | 425:
            return None
    if from_proxy or not 300 <= status_code < 500:
        return None
    return _refused_with(status_code, payload, names)


def _refused_with(status_code: int, payload: Any, names: Iterable[str]) -> Refused:
    words = sentence_in(payload)
    match status_code:
        case 401:
            return KeyRefused(words or "The studio refused the key: it is missing, wrong or revoked.")
        case 402:
            return _insufficient(payload)
        case 403:
            return Forbidden(*_invalid(payload, names, "The studio does not allow this request."))
        case 404:
            return NotFound(words or "The studio does not know this model or job.")
        case _ if status_code < 400:
            return InvalidRequest(f"The studio redirected the request ({status_code}) and did not take it.")
    return _refused(payload, names)


def _capped(retry_after: float | None) -> float | None:
    if retry_after is None or math.isnan(retry_after) or retry_after < 0:
        return None
    return min(retry_after, _LONGEST_WAIT)


def _refused(payload: Any, names: Iterable[str]) -> Refused:
    """For a 4xx without a meaning of its own, or a 2xx that reports an error."""
    words = sentence_in(payload).lower()
    figures = Fields(payload) if isinstance(payload, Mapping) else Fields({})
    is_short = any(noun in words for noun in _SHORT_OF) and any(short in words for short in _SHORT_WORDS)
    if is_short or figures.has(("creditsrequired", "requiredcredits")):
        return _insufficient(payload)
    return InvalidRequest(*_invalid(payload, names, "The studio refused this request without a reason."))


def _invalid(payload: Any, names: Iterable[str], otherwise: str) -> tuple[str, str]:
    """The sentence and the field that it is about. "Validation failed" is followed by the field's own message."""
    words = sentence_in(payload)
    field, own_words = field_error(payload, names)
    if own_words and own_words not in words:
        words = f"{words.rstrip('.:')}: {own_words}" if words else own_words
    sentence = words or otherwise
    return sentence, field or field_in_sentence(sentence, names)


def _insufficient(payload: Any) -> InsufficientCredits:
    fields = Fields(payload) if isinstance(payload, Mapping) else Fields({})
    required, available = charge(fields.take(_REQUIRED)), balance(fields.take(_AVAILABLE))
    words = sentence_in(payload) or "Not enough credits."
    return InsufficientCredits(words, required, available)
