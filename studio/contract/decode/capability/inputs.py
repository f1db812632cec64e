"""What a model starts from: text, pictures or clips, and how many of them."""

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
    """What the model starts from, and how many images and videos; inputs that are listed win over limits."""
    said = fields.take(INPUTS)
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
