"""The words that prices are published in: the meaning of each key, and which keys of a record are about money."""

import re
from collections.abc import Mapping

from studio.contract.spelling.keys import is_blank, plain
from studio.contract.spelling.values import YES, says_none

DISCOUNT_KEYS = (
    *("directorydiscount", "promptdirectorydiscount", "promptdirectoryoptin", "promptdirectory"),
    *("directoryoptin", "supportspromptdirectory", "promptdirectoryoptindiscount"),
)

_FIGURES = ("credits", "credit", "cost", "price", "pricing")


def _with_figures(*forms: str) -> frozenset[str]:
    """ "{}persecond" as creditspersecond, costpersecond … and persecond."""
    return frozenset(form.format(word) for form in forms for word in ("", *_FIGURES))


AMOUNT = frozenset(
    (
        *_FIGURES,
        *("base", "amount", "flat", "fixed", "total", "value", "default", "basecredits", "basecost"),
        *("baseprice", "creditcost", "creditscost", "creditprice", "costcredits", "costincredits"),
        *("priceincredits", "pricecredits", "creditamount", "creditsrequired", "requiredcredits"),
    )
)
PER_CLIP = _with_figures("{}perclip", "{}pervideo", "{}pergeneration", "{}perrun")
PER_SECOND = _with_figures("{}persecond", "{}persec", "persecond{}") | {"second"}
MINIMUM = frozenset(
    form.format(word)
    for form in ("minimum{}", "min{}", "{}minimum", "{}min")
    for word in ("", "charge", *_FIGURES)
) | {"atleast", "minimums"}
SOUND = frozenset(("sound", "audio", "nativeaudio", "generateaudio"))
WITH_SOUND = frozenset(("withsound", "withaudio", "soundon", "audioon"))
WITHOUT_SOUND = frozenset(
    ("withoutsound", "withoutaudio", "nosound", "noaudio", "soundoff", "audiooff", "silent")
)
SOUND_EXTRA = frozenset(
    form.format(word)
    for word in ("sound", "audio")
    for form in ("{}credits", "{}cost", "{}price", "{}extra", "{}surcharge", "extra{}", "{}extracredits")
)
SOUND_PER_SECOND = frozenset(
    ("soundpersecond", "audiopersecond", "soundcreditspersecond", "audiocreditspersecond")
)
SURCHARGE = frozenset(
    (
        *(
            "surcharge",
            "extra",
            "additional",
            "addon",
            "surchargecredits",
            "extracredits",
            "additionalcredits",
        ),
        *("creditssurcharge", "extracost", "additionalcost"),
    )
)
SURCHARGES = frozenset(("surcharges", "extras", "addons"))
TABLES = frozenset(("rows", "table", "tiers", "matrix", "prices", "variants", "options", "pricetable"))
UNIT = frozenset(
    (
        *(
            "unit",
            "per",
            "type",
            "basis",
            "billing",
            "billingtype",
            "billingunit",
            "billingmode",
            "billedper",
        ),
        *("billingbasis", "pricingtype", "pricingunit", "pricingmode", "pricingmodel", "pricingbasis"),
        *("pricetype", "priceunit", "creditunit", "creditsunit", "creditsper", "credittype", "costunit"),
        *("costtype", "costper", "costbasis", "chargedper", "priceper", "billingmethod", "billed"),
    )
)
CURRENCY = frozenset(("currency", "pricecurrency", "currencycode", "pricingcurrency", "currencyunit"))
LABEL = frozenset(("label", "name", "title", "displayname", "description", "text"))
OPTION_VALUE = ("value", "slug", "id", "key", "code")  # of an option or a row
STATES = frozenset(
    ("supported", "available", "enabled", "disabled", "active", "default", "isdefault", "recommended")
)

# The names that prices use for parameters; the names of the model's own parameters need no line here.
PARAMETERS = {
    "duration_seconds": (
        *("durationseconds", "duration", "durations", "seconds", "length", "lengths", "durationoptions"),
        *("supporteddurations", "lengthseconds"),
    ),
    "quality_mode": (
        *(
            "qualitymode",
            "qualitymodes",
            "quality",
            "qualities",
            "qualityoptions",
            "resolution",
            "resolutions",
        ),
        *("mode", "modes", "tier", "supportedqualities"),
    ),
    "aspect_ratio": (
        *("aspectratio", "aspectratios", "ratio", "ratios", "aspectratiooptions", "supportedaspectratios"),
    ),
    "sound": tuple(SOUND),
}

_SECOND_UNITS = frozenset(("second", "seconds", "persecond", "s", "sec", "persec", "creditspersecond"))
_CLIP_UNITS = frozenset(
    (
        *("clip", "video", "generation", "run", "perclip", "pervideo", "pergeneration", "perrun", "flat"),
        *("fixed", "creditsperclip", "creditspervideo", "creditspergeneration", "flatrate", "fixedprice"),
    )
)
_CREDITS = frozenset(("credit", "credits", "cr"))

_MONEY_PARTS = re.compile(
    r"credit|pric(?:e|ing)|cost|billing|billed|surcharge|currency|(?<!frame)(?<!frames)persec"
)
_MONEY_WORDS = frozenset(("fee", "fees", "charge", "charges", "usd", "eur", "dollars"))
_PERHAPS_MONEY = frozenset(
    ("minimum", "unit", "units", "basis")
)  # within an option, they may be about anything
_MONEY_IN_OPTIONS = frozenset(("extra", "additional", "addon", "amount", "rate"))
# About money, but not about the price of one of the model's clips.
_OTHER_MONEY = frozenset(
    (
        *("creditsremaining", "creditsremainingtotal", "creditsavailable", "creditbalance", "creditsleft"),
        *("durationunit", "durationunits", "lengthunit", "timeunit"),
    )
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_TELLING = re.compile(
    r"\b(?:per|each|extra|plus|from|at least|min\w*|max\w*|surcharge|off|discount|credits?|usd|eur)\b|[$€£¥+%/]",
    re.IGNORECASE,
)

CLIP, SECOND = "clip", "second"


def unit_named(word: object) -> str | None:
    """CLIP or SECOND; "" for "credits", which names no unit; None if it is not understood."""
    unit = plain(word)
    if unit in _CREDITS:
        return ""
    return SECOND if unit in _SECOND_UNITS else CLIP if unit in _CLIP_UNITS else None


def is_credits(currency: object) -> bool:
    return says_none(currency) or plain(currency) in _CREDITS


def is_about_price(key: str, value: object) -> bool:
    """Whether a key, or the unit that its value names, may be about a price."""
    if plain(key) in _OTHER_MONEY:
        return False
    names_unit = plain(key) in UNIT and isinstance(value, str) and bool(unit_named(value))
    is_perhaps = bool(_words_of(key) & _PERHAPS_MONEY) or "minimum" in plain(key) or plain(key) == "per"
    return names_unit or is_perhaps or _names_money(key)


def holds_money(value: object) -> bool:
    """Whether anything within an option, or a list of options, is about the price of a clip."""
    if isinstance(value, Mapping):
        return any(
            _names_money(key) or plain(key) in _MONEY_IN_OPTIONS or holds_money(inner)
            for key, inner in value.items()
            if not is_blank(inner)
        )
    return isinstance(value, list | tuple) and any(map(holds_money, value))


def _names_money(key: str) -> bool:
    if plain(key) in _OTHER_MONEY:
        return False
    return bool(_MONEY_PARTS.search(plain(key)) or _words_of(key) & _MONEY_WORDS)


def _words_of(key: str) -> set[str]:
    return {word.lower() for word in _WORDS.findall(key)}


def is_mere_label(words: str) -> bool:
    """True for words that only name something and say nothing about its price."""
    return not _TELLING.search(words)


def is_state(key: str, value: object) -> bool:
    """ "supported": true and similar: not a price, but understood."""
    return key in STATES and (isinstance(value, bool) or (isinstance(value, str) and plain(value) in YES))
