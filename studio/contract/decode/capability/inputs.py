"""Reads what a model starts from: text, images or videos, and how many of them."""

from collections.abc import Mapping

from studio.contract.capability import NONE_ALLOWED, Limits
from studio.contract.decode.capability.options import limits
from studio.contract.spelling.keys import Fields, plain
from studio.contract.spelling.values import Unread, flag, in_quotes, listed, text

INPUTS = ("inputs", "inputtypes", "inputmodes", "supportedinputs")

_KINDS = {
    "text": ("text", "texts", "prompt", "textprompt", "texttovideo", "t2v", "txt2vid"),
    "image": ("image", "images", "imagetovideo", "i2v", "imageurl", "imageurls", "inputimageurls", "img2vid"),
    "video": ("video", "videos", "videotovideo", "v2v", "videourl", "videourls", "inputvideourls", "remix"),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}


def read_inputs(fields: Fields) -> tuple[tuple[str, ...], Limits, Limits]:
    """The kinds of input, and limits for images and videos. Listed inputs take precedence over limits."""
    value = fields.take(INPUTS)
    listed_kinds, strangers = _kinds(value)
    if strangers:
        fields.give_back(value)
    if value is not None and not listed_kinds:
        raise Unread(f"Its inputs could not be understood: {in_quotes(value)}.")
    found = {kind: _limits_of(fields, kind) or listed_kinds.get(kind) for kind in ("image", "video")}
    if value is None:
        taken = {"text"} | {kind for kind, limit in found.items() if limit and limit.allows_any}
    else:
        taken = {kind for kind in listed_kinds if (found.get(kind) or Limits()).allows_any}
    images, videos = (
        (found[kind] or Limits()) if kind in taken else NONE_ALLOWED for kind in ("image", "video")
    )
    return tuple(kind for kind in _KINDS if kind in taken), images, videos


def _kinds(value: object) -> tuple[dict[str, Limits | None], list[str]]:
    """Kind → its limits if given, for the kinds that are taken; and the words that name no kind we know."""
    kinds: dict[str, Limits | None] = {}
    strangers = []
    for word, detail in _named_inputs(value):
        kind = _KIND_OF.get(plain(word))
        limit = None if detail is None else limits(detail)
        if kind is None:
            strangers.append(word)
        elif limit is None or limit.allows_any:
            kinds[kind] = kinds.get(kind) or limit
    return kinds, strangers


def _named_inputs(value: object) -> list[tuple[str, object]]:
    if isinstance(value, str):
        return [(word, None) for word in listed(value)]
    if isinstance(value, Mapping):
        return [(str(word), detail) for word, detail in value.items()]
    items = value if isinstance(value, list | tuple) else []
    return [(_input_name(item), item if isinstance(item, Mapping) else None) for item in items]


def _input_name(item: object) -> str:
    if isinstance(item, Mapping):
        return text(Fields(item).take(("type", "kind", "value", "slug", "id", "name")))
    return text(item)


def _limits_of(fields: Fields, kind: str) -> Limits | None:
    """From ``images``, ``max_images`` and similar keys; None if the record does not say or is not understood."""
    value = fields.take((f"{kind}s", f"{kind}limits", f"input{kind}s", f"input{kind}urls", f"{kind}inputs"))
    understood = None if isinstance(value, list) else limits(value) if value is not None else None
    if value is not None and understood is None:
        fields.give_back(value)
    if understood is not None:
        return understood
    plural = (f"{kind}s", f"input{kind}s", f"{kind}urls", f"input{kind}urls", f"{kind}count")
    low = fields.take([name for word in plural for name in (f"min{word}", f"{word}min")])
    high = fields.take([name for word in plural for name in (f"max{word}", f"{word}max")])
    required = flag(fields.take((f"requires{kind}", f"{kind}required", f"requires{kind}s")))
    if low is None and high is None and required is None:
        return None
    return limits({"min": low, "max": high, "required": required})
