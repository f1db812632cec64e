"""Finds the addresses of result files in a job's record, by key, media type and file extension."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from studio.contract.addresses import absolute
from studio.contract.spelling.keys import plain
from studio.contract.spelling.values import distinct

# The outermost key of a result, most likely first.
_RESULTS = (
    *("resulturls", "resulturl", "urls", "videourl", "videourls", "videos", "video", "output", "outputs"),
    *("results", "result", "outputurl", "outputurls", "files", "file", "fileurl", "fileurls", "assets"),
    *("media", "mediaurl", "artifacts", "generations", "clips", "clip", "downloadurl", "downloadurls"),
    *("download", "resultjson", "response", "payload", "data", "url", "href", "src"),
)
# Keys that never hold results: what was sent, or links to pages.
_SENT = (
    *("input", "request", "param", "argument", "setting", "option", "config", "reference", "source", "init"),
    *("firstframe", "lastframe", "startframe", "endframe", "element", "motionvideo", "prompt", "webhook"),
    *("callback", "providermeta", "meta"),
)
_SENT_AT_THE_TOP = ("image", "mask", "model", "user", "owner")
_PAGES = (
    "status",
    "cancel",
    "poll",
    "self",
    "next",
    "previous",
    "doc",
    "log",
    "page",
    "share",
    "help",
    "error",
)
_EXTRAS = (
    *("thumb", "poster", "preview", "cover", "snapshot", "sprite", "storyboard", "waveform", "caption"),
    *("subtitle", "transcript", "frame", "placeholder", "icon", "logo", "avatar"),
)
_TYPE_KEYS = (
    "contenttype",
    "mimetype",
    "mediatype",
    "mime",
    "type",
    "format",
    "kind",
    "role",
    "name",
    "label",
)
_MADE_OF = {
    "video": (
        "mp4",
        "mov",
        "webm",
        "m4v",
        "mkv",
        "avi",
        "mpg",
        "mpeg",
        "ogv",
        "wmv",
        "flv",
        "3gp",
        "mts",
        "m2ts",
    ),
    "audio": ("mp3", "wav", "m4a", "aac", "ogg", "oga", "flac", "opus"),
    "image": ("jpg", "jpeg", "png", "webp", "avif", "gif", "bmp", "svg", "heic", "tif", "tiff"),
    "text": ("vtt", "srt", "json", "txt", "xml", "html", "htm"),
}
_KIND_OF = {ending: kind for kind, endings in _MADE_OF.items() for ending in endings}
_ORDER = ("video", "", "audio", "image", "text")  # videos first
_DEEPEST, _MOST, _LONGEST_TEXT = 8, 100, 200_000


@dataclass(frozen=True, slots=True)
class Results:
    """``urls`` are the clips, ``extras`` thumbnails and the like, ``others`` anything else that may be a file."""

    urls: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    url: str
    group: str  # the outermost key that it is below
    kind: str  # video, audio, image, text, or "" if unknown
    is_extra: bool

    @property
    def is_result(self) -> bool:
        return self.group in _RESULTS or self.kind == "video"


def results_in(record: Mapping[str, Any], origin: str = "") -> Results:
    """The addresses of result files, in any spelling. Relative ones are resolved against ``origin``.

    The clips are those under the most likely key that has any. Files under other keys count as extras: they are often
    the same film again.
    """
    sent = set(_inputs(record, origin))
    ranked = sorted(_found(record, origin), key=lambda one: _rank(one.group))
    found = distinct((one for one in ranked if one.url not in sent), key=lambda one: one.url)[:_MOST]
    group = min((one.group for one in found if _can_be_clip(one)), key=_rank, default=None)
    mine = [one for one in found if one.group == group and _can_be_clip(one)]
    if any(one.kind == "video" for one in mine):
        mine = [one for one in mine if one.kind not in ("image", "text")]
    urls = [one.url for one in sorted(mine, key=lambda one: _ORDER.index(one.kind))]
    extras = [one.url for one in found if one.url not in urls and (one.is_result or one.is_extra)]
    others = [one.url for one in found if one.url not in urls and one.url not in extras]
    return Results(tuple(urls), tuple(extras) if urls else (), tuple(others) if urls else (*extras, *others))


def _can_be_clip(one: _Found) -> bool:
    return one.is_result and not one.is_extra and one.kind != "text"


def _rank(group: str) -> int:
    return _RESULTS.index(group) if group in _RESULTS else len(_RESULTS)


def _inputs(record: Mapping[str, Any], origin: str) -> Iterator[str]:
    """What the job was made from: a studio may repeat it next to the results."""
    for key, value in record.items():
        if plain(key).startswith((*_SENT, *_SENT_AT_THE_TOP)):
            yield from (one.url for one in _walk(value, origin, _Found("", "", "", False), _DEEPEST))


def _found(record: Mapping[str, Any], origin: str) -> Iterator[_Found]:
    for key, value in record.items():
        name = plain(key)
        if name in _RESULTS or not name.startswith((*_SENT, *_SENT_AT_THE_TOP, *_PAGES)):
            yield from _walk(value, origin, _under(_Found("", name, "", False), name), _DEEPEST)


def _walk(value: Any, origin: str, place: _Found, depth: int) -> Iterator[_Found]:
    """Every address below ``value``, classified by its keys, by fields next to it and by its file extension."""
    if isinstance(value, str):
        yield from _in_text(value, origin, place, depth)
    elif isinstance(value, Mapping) and depth:
        place = _beside(value, place)
        for key, inner in value.items():
            name = plain(key)
            if name not in _TYPE_KEYS and not name.startswith((*_SENT, *_PAGES)):
                yield from _walk(inner, origin, _under(place, name), depth - 1)
    elif isinstance(value, list | tuple) and depth:
        for inner in value[:_MOST]:
            yield from _walk(inner, origin, place, depth - 1)


def _in_text(value: str, origin: str, place: _Found, depth: int) -> Iterator[_Found]:
    """An address, or JSON in a text: some studios wrap their results like that."""
    bare = value.strip()
    if bare[:1] in ("{", "[") and depth and len(bare) <= _LONGEST_TEXT:
        try:
            yield from _walk(json.loads(bare), origin, place, depth - 1)
        except (ValueError, RecursionError):
            return
    elif _looks_like_address(bare) and (url := absolute(bare, origin)):
        yield replace(place, url=url, kind=_kind_by_ending(url) or place.kind)


def _looks_like_address(value: str) -> bool:
    """False for a word such as "done", though it could be resolved; true for ``files/a.mp4``."""
    return value.startswith(("http:", "https:", "HTTP", "/")) or (
        len(value) < 2_000 and "." in value and bool(_kind_by_ending(value))
    )


def _under(place: _Found, name: str) -> _Found:
    kind = next((kind for kind in ("video", "audio", "image") if kind in name), place.kind)
    return replace(place, kind=kind, is_extra=place.is_extra or _holds(name, _EXTRAS))


def _beside(record: Mapping[str, Any], place: _Found) -> _Found:
    """``{"url": …, "type": "thumbnail"}``, ``{"url": …, "content_type": "video/mp4"}``."""
    for key, value in record.items():
        if plain(key) in _TYPE_KEYS and isinstance(value, str):
            word = plain(value.partition("/")[0])
            kind = _KIND_OF.get(word, word if word in _MADE_OF else place.kind)
            place = replace(place, kind=kind, is_extra=place.is_extra or _holds(plain(value), _EXTRAS))
    return place


def _kind_by_ending(address: str) -> str:
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    return _KIND_OF.get(PurePosixPath(path).suffix[1:].casefold(), "")


def _holds(name: str, words: Iterable[str]) -> bool:
    return any(word in name for word in words)
