"""Capabilities in any spelling, decoded to one record each."""

from collections.abc import Mapping
from typing import Any

from studio.contract.capability import Capability, Models, Unreadable
from studio.contract.decode_capability import DURATIONS, NAME, QUALITIES, RATIOS, SLUG, decode_capability
from studio.contract.envelope import RowKind, balance_in, find_rows, says_failed, sentence_in
from studio.contract.errors import Unavailable
from studio.contract.inputs import INPUTS
from studio.contract.spelling import Fields
from studio.contract.values import Unread, in_quotes, text

MODEL_ROWS = RowKind(
    marks=frozenset(("modelslug", "slug", *RATIOS, *DURATIONS, *QUALITIES, *INPUTS)),
    lists=("models", "videomodels", "availablemodels", "capabilities", "data", "results", "items"),
)


def decode_models(payload: Any) -> Models:
    """The answer of ``GET /api/v1/models/video/``, whatever its envelope and spellings.

    Records that cannot be read, and second ones of a slug, are listed as Unreadable. Raises Unavailable
    when the answer says that it failed or holds no list of models at all.
    """
    if says_failed(payload):
        raise Unavailable(sentence_in(payload) or "The studio could not tell its models.")
    rows = find_rows(payload, MODEL_ROWS)
    if rows is None:
        raise Unavailable("The studio's answer holds no list of models that could be understood.")
    capabilities: dict[str, Capability] = {}
    unreadable: list[Unreadable] = []
    for key, row in rows:
        record = _capability_or_reason(key, row)
        if isinstance(record, Capability) and record.slug in capabilities:
            record = Unreadable(record.slug, "This slug is listed twice; the first record is used.", row)
        if isinstance(record, Capability):
            capabilities[record.slug] = record
        else:
            unreadable.append(record)
    return Models(tuple(capabilities.values()), tuple(unreadable), balance_in(payload, rows))


def _capability_or_reason(key: str, row: Any) -> Capability | Unreadable:
    if not isinstance(row, Mapping):
        return Unreadable(key or text(row), f"This is not a model's record: {in_quotes(row)}.", row)
    try:
        return decode_capability(key, row)
    except Unread as unread:
        fields = Fields(row)
        return Unreadable(text(fields.take(SLUG)) or key or text(fields.take(NAME)), str(unread), row)
