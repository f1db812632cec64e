"""Reads the discount for sharing prompt and clip in the public directory, in any spelling."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from studio.contract.decode.price.words import LABEL, OPTION_VALUE, STATES, is_state
from studio.contract.published_price import Discount
from studio.contract.spelling.keys import is_blank, plain
from studio.contract.spelling.values import decimal, flag, says_none

UNKNOWN_AMOUNT = Discount()
_OFFERED = (*STATES - {"default", "isdefault", "disabled", "recommended"}, "eligible", "offered", "allowed")
_AMOUNT = frozenset(
    (
        *("discount", "credits", "amount", "value", "off", "discountcredits", "creditsoff", "creditdiscount"),
        *("creditsdiscount", "discountamount", "saves", "savings"),
    )
)
_PERCENT = frozenset(
    ("percent", "percentage", "pct", "discountpercent", "discountpercentage", "percentoff", "percentdiscount")
)
_UNIT = frozenset(("unit", "type", "discounttype", "discountunit"))
_PERCENT_SIGN = re.compile(r"\s*(?:%|per ?cent)(?:\s+(?:off|discount))?$", re.IGNORECASE)


def directory_discount(value: object) -> Discount | None:
    """None if it is not offered or not understood. If only the amount is not understood, a discount without one."""
    if says_none(value):
        return None
    if isinstance(value, Mapping):
        return _in_object({plain(key): inner for key, inner in value.items() if not is_blank(inner)})
    if value is True:
        return UNKNOWN_AMOUNT
    if isinstance(value, str) and _PERCENT_SIGN.search(value):
        return _percent(_PERCENT_SIGN.sub("", value))
    exact = decimal(value)
    if exact is not None:
        return Discount(credits=abs(exact)) if exact else None
    return UNKNOWN_AMOUNT if flag(value) else None


def _in_object(value: Mapping[str, Any]) -> Discount | None:
    """The amount is used only if everything in the object is understood."""
    if any(flag(value[key]) is False for key in _OFFERED if key in value) or flag(value.get("disabled")):
        return None
    amounts = [key for key in value if key in _AMOUNT]
    percents = [key for key in value if key in _PERCENT]
    others = value.keys() - set(amounts) - set(percents) - {*_OFFERED, *_UNIT, *LABEL, *OPTION_VALUE}
    units = {plain(value[key]) for key in _UNIT if key in value}
    strange = [key for key in others if not is_state(key, value[key])]
    if strange or len(amounts) + len(percents) != 1:
        return UNKNOWN_AMOUNT
    if percents or units & {"percent", "percentage", "%"}:
        return _percent(value[(percents or amounts)[0]])
    return UNKNOWN_AMOUNT if units - {"credit", "credits", "fixed"} else directory_discount(value[amounts[0]])


def _percent(value: object) -> Discount:
    if isinstance(value, str):
        value = _PERCENT_SIGN.sub("", value)
    exact = decimal(value)
    usable = exact is not None and Decimal(0) < exact <= 100
    return Discount(percent=exact) if usable else UNKNOWN_AMOUNT
