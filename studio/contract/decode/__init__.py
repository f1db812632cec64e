"""The public functions that decode the API's JSON; each kind of answer has a module."""

from studio.contract.decode.capability.record import decode_capability
from studio.contract.decode.generate import decode_accepted, decode_refusal
from studio.contract.decode.jobs import decode_history, decode_row, decode_status
from studio.contract.decode.models import decode_models
from studio.contract.encode import to_json

__all__ = [
    "decode_accepted",
    "decode_capability",
    "decode_history",
    "decode_models",
    "decode_refusal",
    "decode_row",
    "decode_status",
    "to_json",
]
