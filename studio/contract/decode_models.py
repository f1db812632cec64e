"""Capabilities in any spelling, decoded to one record each."""

from collections.abc import Mapping
from typing import Any

from studio.contract.capability import NONE_ALLOWED, Capability, Limits, Models, PromptRule, Unreadable
from studio.contract.decode_price import DISCOUNT_KEYS, RECORD_PARTS, decode_price, directory_discount
from studio.contract.envelope import RowKind, balance_in, find_rows, says_failed, sentence_in
from studio.contract.errors import Unavailable
from studio.contract.options import choices, durations, limits
from studio.contract.spelling import Fields, plain
from studio.contract.values import Unread, flag, in_quotes, listed, short_text, text, whole

_SLUG = ("modelslug", "slug", "id")
_NAME = ("name", "title", "label", "displayname")
_DESCRIPTION = ("description", "tagline", "summary")
_ENGINE = ("engine", "enginelabel", "enginename", "provider")
_RATIOS = ("aspectratios", "ratios", "aspectratiooptions", "aspectratio", "supportedaspectratios")
_DURATIONS = ("durations", "durationoptions", "durationseconds", "duration", "supporteddurations")
_QUALITIES = ("qualitymodes", "qualities", "qualityoptions", "qualitymode", "quality")
_INPUTS = ("inputs", "inputtypes", "inputmodes", "supportedinputs")
_SOUND = ("sound", "hasaudio", "supportsaudio", "hassound", "supportssound", "audio")
_CREDITS = ("credits", "pricing", "cost", "price", "creditcost", "creditscost")

_PROMPT = ("prompt", "promptrule", "promptrules", "promptlimits")
_PROMPT_REQUIRED = ("promptrequired", "requiresprompt")
_PROMPT_LENGTH = ("promptmaxlength", "maxpromptlength", "promptlimit", "promptmaxchars", "maxpromptchars")

_KINDS = {
    "text": ("text", "texts", "prompt", "textprompt", "texttovideo", "t2v", "txt2vid"),
    "image": ("image", "images", "imagetovideo", "i2v", "imageurl", "imageurls", "inputimageurls", "img2vid"),
    "video": ("video", "videos", "videotovideo", "v2v", "videourl", "videourls", "inputvideourls", "remix"),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}

MODEL_ROWS = RowKind(
    marks=frozenset(("modelslug", "slug", *_RATIOS, *_DURATIONS, *_QUALITIES, *_INPUTS)),
    lists=("models", "videomodels", "availablemodels", "capabilities", "data", "results", "items"),
)
_LONGEST_SLUG = 200


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
        return _capability(key, row)
    except Unread as unread:
        fields = Fields(row)
        return Unreadable(text(fields.take(_SLUG)) or key or text(fields.take(_NAME)), str(unread), row)


def _capability(key: str, row: Mapping[str, Any]) -> Capability:
    fields = Fields(row)
    slug = text(fields.take(_SLUG)) or text(key)
    if not slug:
        raise Unread("This model has no slug to ask for it by.")
    if len(slug) > _LONGEST_SLUG:
        raise Unread(f"Its slug is longer than {_LONGEST_SLUG} characters.")
    qualities = choices(fields.take(_QUALITIES), "quality modes")
    price, discount_within = decode_price(_said_price(fields), [quality.value for quality in qualities])
    inputs, images, videos = _inputs(fields)
    return Capability(
        slug=slug,
        name=short_text(fields.take(_NAME), 100) or slug,
        description=short_text(fields.take(_DESCRIPTION), 600),
        engine=short_text(fields.take(_ENGINE), 60),
        aspect_ratios=choices(fields.take(_RATIOS), "aspect ratios"),
        durations=durations(fields.take(_DURATIONS)),
        quality_modes=qualities,
        inputs=inputs,
        prompt=_prompt_rule(fields),
        images=images,
        videos=videos,
        sound=_sound(fields),
        directory_discount=directory_discount(fields.take(DISCOUNT_KEYS)) or discount_within,
        price=price,
        unknown=fields.rest(),
        raw=row,
    )


def _said_price(fields: Fields) -> Any:
    """The price's own key; or its parts gathered, where the record spreads them over several keys."""
    whole_price = fields.take(_CREDITS)
    parts = {part: fields.take([key]) for key, part in RECORD_PARTS.items() if fields.has([key])}
    if not parts:
        return whole_price
    return {**parts, **(whole_price if isinstance(whole_price, Mapping) else {"credits": whole_price})}


def _sound(fields: Fields) -> bool:
    said = fields.take(_SOUND)
    understood = flag(said)
    if said is not None and understood is None:
        fields.give_back(said)
    return understood is True


def _prompt_rule(fields: Fields) -> PromptRule:
    """From an object, or from keys of the record; a rule that is not understood is as good as silent."""
    said = fields.take(_PROMPT)
    inner = Fields(said) if isinstance(said, Mapping) else Fields({})
    required = inner.take(("required",)) if inner.has(("required",)) else fields.take(_PROMPT_REQUIRED)
    length = inner.take(("maxlength", "max", "maxchars", "limit", "maxcharacters"))
    rule = PromptRule(
        required=_required(said if required is None else required),
        max_length=whole(fields.take(_PROMPT_LENGTH) if length is None else length),
    )
    if rule == PromptRule() and said is not None:
        fields.give_back(said)
    return rule


def _required(said: object) -> bool | None:
    if isinstance(said, str) and plain(said) in ("optional", "required", "notrequired"):
        return plain(said) == "required"
    return flag(said) if isinstance(said, bool | str) else None


def _inputs(fields: Fields) -> tuple[tuple[str, ...], Limits, Limits]:
    """What the model starts from, and how many images and videos; inputs that are listed win over limits."""
    said = fields.take(_INPUTS)
    listed_kinds, strangers = _kinds(said)
    if strangers:
        fields.give_back(said)
    if said is not None and not listed_kinds:
        raise Unread(f"Its inputs could not be understood: {in_quotes(said)}.")
    found = {kind: _limits_of(fields, kind) or listed_kinds.get(kind) for kind in ("image", "video")}
    if said is None:
        taken = {"text"} | {kind for kind, limit in found.items() if limit and limit.allows_any}
    else:
        taken = {kind for kind in listed_kinds if (found.get(kind) or Limits()).allows_any}
    images, videos = (
        (found[kind] or Limits()) if kind in taken else NONE_ALLOWED for kind in ("image", "video")
    )
    return tuple(kind for kind in _KINDS if kind in taken), images, videos


def _kinds(said: object) -> tuple[dict[str, Limits | None], list[str]]:
    """Kind → its limits where told, of the kinds that are taken; and the words that name no kind we know."""
    kinds: dict[str, Limits | None] = {}
    strangers = []
    for word, detail in _named_inputs(said):
        kind = _KIND_OF.get(plain(word))
        limit = None if detail is None else limits(detail)
        if kind is None:
            strangers.append(word)
        elif limit is None or limit.allows_any:
            kinds[kind] = kinds.get(kind) or limit
    return kinds, strangers


def _named_inputs(said: object) -> list[tuple[str, object]]:
    if isinstance(said, str):
        return [(word, None) for word in listed(said)]
    if isinstance(said, Mapping):
        return [(str(word), detail) for word, detail in said.items()]
    items = said if isinstance(said, list | tuple) else []
    return [(_input_name(item), item if isinstance(item, Mapping) else None) for item in items]


def _input_name(item: object) -> str:
    if isinstance(item, Mapping):
        return text(Fields(item).take(("type", "kind", "value", "slug", "id", "name")))
    return text(item)


def _limits_of(fields: Fields, kind: str) -> Limits | None:
    """Under ``images``, ``max_images`` and their like; None where the record is silent or not understood."""
    said = fields.take((f"{kind}s", f"{kind}limits", f"input{kind}s", f"input{kind}urls", f"{kind}inputs"))
    understood = None if isinstance(said, list) else limits(said) if said is not None else None
    if said is not None and understood is None:
        fields.give_back(said)
    if understood is not None:
        return understood
    plural = (f"{kind}s", f"input{kind}s", f"{kind}urls", f"input{kind}urls", f"{kind}count")
    low = fields.take([name for word in plural for name in (f"min{word}", f"{word}min")])
    high = fields.take([name for word in plural for name in (f"max{word}", f"{word}max")])
    required = flag(fields.take((f"requires{kind}", f"{kind}required", f"requires{kind}s")))
    if low is None and high is None and required is None:
        return None
    return limits({"min": low, "max": high, "required": required})
