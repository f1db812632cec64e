"""Reads how to request the next page of an answer, and how many rows there are in total."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from studio.contract.spelling.keys import Fields, plain
from studio.contract.spelling.values import flag, text, whole

_ENVELOPES = (
    *(
        "data",
        "result",
        "response",
        "meta",
        "metadata",
        "pagination",
        "paging",
        "pageinfo",
        "page",
        "paginator",
    ),
    *("links", "cursor", "cursors"),
)
_NEXT = ("next", "nexturl", "nextlink", "nextpageurl", "nextpagelink", "nexthref")
_NEXT_PAGE = ("nextpage", "nextpagenumber")
_MORE = ("hasmore", "hasnext", "hasnextpage", "more", "moreavailable")
_TOTAL = (
    "total",
    "count",
    "totalcount",
    "totalresults",
    "totalitems",
    "totalmodels",
    "totalrecords",
    "totalelements",
)
_PAGE = ("page", "currentpage", "pagenumber")
_PAGES = ("totalpages", "pages", "pagecount", "lastpage", "numpages")
# Where an answer names the next position, and the query parameter for it.
_CURSORS = {
    "nextcursor": "cursor",
    "nextpagetoken": "page_token",
    "nexttoken": "next_token",
    "nextoffset": "offset",
    "continuationtoken": "continuation_token",
}
_CURSORS_IF_MORE = {"cursor": "cursor", "endcursor": "after", "lastid": "after"}


def next_reference(payload: Any) -> str | None:
    """The next page: an address, absolute or relative, or a query such as ``?page=2``; None if there is none."""
    places = list(_places(payload))
    for find in (_by_address, _by_cursor, _by_number):
        if found := next((reference for place in places if (reference := find(place))), None):
            return found
    return None


def says_more(payloads: Sequence[Any], rows: int) -> str:
    """A sentence if the studio has more models than the ``rows`` that were read; "" if all were."""
    places = [place for payload in payloads for place in _places(payload)]
    total = max((count for place in places if (count := whole(place.take(_TOTAL))) is not None), default=0)
    if total > rows:
        return f"The studio has {total:,} models, and {rows:,} {'was' if rows == 1 else 'were'} read."
    last = payloads[-1] if payloads else None
    if next_reference(last) or any(flag(place.take(_MORE)) for place in _places(last)):
        return f"The studio has more models than the {rows:,} that {'was' if rows == 1 else 'were'} read."
    return ""


def _places(payload: Any, depth: int = 2) -> Iterator[Fields]:
    """The outermost object, and the objects in it that describe pages."""
    if not isinstance(payload, Mapping):
        return
    yield Fields(payload)
    for key, inner in payload.items():
        if depth and plain(key) in _ENVELOPES:
            yield from _places(inner, depth - 1)
            if isinstance(inner, list):  # links: [{"rel": "next", "href": …}]
                yield from (Fields({"next": link}) for link in inner if _is_next(link))


def _is_next(link: Any) -> bool:
    return isinstance(link, Mapping) and plain(Fields(link).take(("rel",))) == "next"


def _by_address(place: Fields) -> str | None:
    value = place.take(_NEXT)
    if isinstance(value, Mapping):
        value = Fields(value).take(("href", "url"))
    if (number := _number(value)) is not None:
        return f"?page={number}"
    if isinstance(value, str) and value.strip():
        address = value.strip()
        return address if any(mark in address for mark in "/?=") else _query("cursor", address)
    following = place.take(_NEXT_PAGE)
    if (number := _number(following)) is not None:
        return f"?page={number}"
    return following.strip() if isinstance(following, str) and "/" in following else None


def _by_cursor(place: Fields) -> str | None:
    known = _CURSORS | (_CURSORS_IF_MORE if flag(place.take(_MORE)) else {})
    for name, parameter in known.items():
        value = place.take([name])
        if isinstance(value, str | int) and not isinstance(value, bool) and text(value):
            return _query(parameter, text(value))
    return None


def _by_number(place: Fields) -> str | None:
    """From numbers alone: this page's number, or how many rows were skipped."""
    page, pages = _number(place.take(_PAGE)), _number(place.take(_PAGES))
    if page is not None and (flag(place.take(_MORE)) or (pages is not None and page < pages)):
        return f"?page={page + 1}"
    skipped, limit = (
        _number(place.take(("offset", "skip"))),
        _number(place.take(("limit", "pagesize", "perpage"))),
    )
    total = _number(place.take(_TOTAL))
    if skipped is not None and limit and total is not None and skipped + limit < total:
        return f"?offset={skipped + limit}"
    return None


def _number(value: Any) -> int | None:
    number = whole(value)
    return number if number is not None and number >= 0 else None


def _query(parameter: str, value: str) -> str:
    return f"?{parameter}={quote(value, safe='')}"
