"""Finds which field a refusal is about, from its structure (``errors``, ``detail[].loc``, ``param``) or its sentence.

``names`` are wire names of the request's or the model's own fields, found in addition to the document's fields.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from studio.contract.known_parameters import KNOWN, field_named_in
from studio.contract.spelling.envelope import sentence_in
from studio.contract.spelling.keys import Fields, plain

_PLACES = (
    "field",
    "param",
    "parameter",
    "loc",
    "path",
    "pointer",
    "property",
    "attribute",
    "fieldname",
    "source",
)
_LISTS = (
    "errors",
    "error",
    "detail",
    "details",
    "violations",
    "invalidparams",
    "fielderrors",
    "issues",
    "data",
)
WELL_KNOWN = ("model_slug", *(name for name, known in KNOWN.items() if known.words))
_WIRE_NAME = re.compile(r"[A-Za-z]\w{0,39}", re.ASCII)
_ROOTS = frozenset(("body", "query", "root", "request", "data", "attributes", "input", "inputs", "params"))


def field_error(payload: Any, names: Iterable[str] = ()) -> tuple[str, str]:
    """The first error that names its field, as (wire name, sentence); ("", "") if none does.

    A field that is not in ``names`` is returned as the answer spells it, if it can be a wire name.
    """
    known = _known(names)
    found = [error for place in _objects(payload) for error in _errors_of(place, known)]
    found += _texts_by_field(payload, known)
    sure = (error for error in found if error[0] in known and error[1])
    return next(sure, next((error for error in found if error[1]), ("", "")))


def field_in_sentence(sentence: str, names: Iterable[str] = ()) -> str:
    """The field that a sentence is about, "" if it names none. The model is only a last resort."""
    sent = [name for name in _known(names) if "_" in name or name not in WELL_KNOWN]
    outright = dict.fromkeys([*sent, *(name for name in KNOWN if "_" in name)])
    value = [
        (found.start(), -len(name), name) for name in outright if (found := _word(name).search(sentence))
    ]
    return min(value)[2] if value else field_named_in(sentence)


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])", re.IGNORECASE)


def _known(names: Iterable[str]) -> list[str]:
    """The request's own fields come first: if a word fits two, the one that was sent is more likely."""
    return list(dict.fromkeys([*filter(_WIRE_NAME.fullmatch, names), *WELL_KNOWN]))


def _objects(payload: Any, depth: int = 5) -> Iterator[Mapping[str, Any]]:
    """The answer and every object in its lists of errors, outermost first."""
    if isinstance(payload, list) and depth:
        for item in payload[:20]:
            yield from _objects(item, depth - 1)
    elif isinstance(payload, Mapping) and depth:
        yield payload
        fields = Fields(payload)
        for name in _LISTS:
            yield from _objects(fields.take([name]), depth - 1)


def _errors_of(place: Mapping[str, Any], known: list[str]) -> Iterator[tuple[str, str]]:
    """Errors from ``{"field": "duration", "message": "…"}``, then from ``{"duration": ["…"]}``.

    Text under a field's own name may be an echo of the request, so only a list or an object counts as its errors.
    """
    fields = Fields(place)
    for key in _PLACES:
        if name := _named_by(fields.take([key]), known):
            yield name, sentence_in(place)
    if (name := _canonical(fields.take(["name"]), known)) in known:  # RFC 9457: invalid-params
        yield name, sentence_in(place)
    for key, value in place.items():
        if isinstance(value, list | Mapping) and (name := _canonical(key, known)) in known:
            yield name, sentence_in(value)


def _texts_by_field(payload: Any, known: list[str]) -> Iterator[tuple[str, str]]:
    """Errors from ``{"errors": {"duration": "…"}}``."""
    fields = Fields(payload) if isinstance(payload, Mapping) else Fields({})
    for place in (fields.take([key]) for key in ("errors", "fielderrors", "error", "detail", "details")):
        for key, value in place.items() if isinstance(place, Mapping) else ():
            if isinstance(value, str) and (name := _canonical(key, known)) in known:
                yield name, sentence_in(value)


def _named_by(value: Any, known: list[str]) -> str:
    """``"duration"``, ``["body", "duration"]``, ``"/data/duration"``, ``"$.duration"``, ``{"pointer": "…"}``."""
    if isinstance(value, Mapping):
        return _named_by(Fields(value).take(("pointer", "parameter")), known)
    parts = (
        value
        if isinstance(value, list)
        else re.split(r"[./\[\]$#]+", value)
        if isinstance(value, str)
        else []
    )
    words = [part for part in parts if isinstance(part, str) and _WIRE_NAME.fullmatch(part)]
    names = [_canonical(word, known) for word in words]
    own = [word for word in words if plain(word) not in _ROOTS]
    return next((name for name in names if name), own[-1] if own else "")


def _canonical(word: Any, known: list[str]) -> str:
    """The known field that a word names: exactly, in another spelling, or by a part that no other field has."""
    if not isinstance(word, str) or not _WIRE_NAME.fullmatch(word):
        return ""
    if word in known:
        return word
    parts = _parts(word)
    alike = [name for name in known if plain(name) == plain(word)] or [n for n in known if parts <= _parts(n)]
    if alike:
        return alike[0] if len(alike) == 1 else ""
    return field_named_in(word) if len(parts) == 1 else ""


def _parts(name: str) -> frozenset[str]:
    """``inputImageUrl`` and ``input_image_urls`` have the same parts."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return frozenset(part.rstrip("s") for part in spaced.lower().split("_") if part)
