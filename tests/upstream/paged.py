"""Catalogs that come in pages, in the styles of public APIs; and pages that never end or lead elsewhere.

``studio.pager = PAGERS["relative"]`` makes a FakeStudio answer so.
"""

from collections.abc import Callable
from typing import Any

from tests.upstream.catalogue import Record

Query = dict[str, list[str]]
Pager = Callable[[list[Record], Query, str], Any]
SIZE = 2  # rows of a page
PATH = "/api/v1/models/video/"


def _asked(query: Query, name: str, usual: str) -> str:
    return query.get(name, [usual])[0]


def _page(models: list[Record], query: Query) -> tuple[int, list[Record], bool]:
    """Its number, its rows, and whether another one follows."""
    number = int(_asked(query, "page", "1"))
    return number, models[(number - 1) * SIZE : number * SIZE], number * SIZE < len(models)


def _by_number(
    next_of: Callable[[int, str], Any], envelope: Callable[[list[Record], Any, int], Any]
) -> Pager:
    def answer(models: list[Record], query: Query, url: str) -> Any:
        number, rows, follows = _page(models, query)
        return envelope(rows, next_of(number + 1, url) if follows else None, len(models))

    return answer


def _counted(rows: list[Record], following: Any, total: int) -> Any:
    return {"count": total, "next": following, "previous": None, "results": rows}


def _cursor(models: list[Record], query: Query, url: str) -> Any:
    start = int(_asked(query, "cursor", "b0").removeprefix("b"))
    end = start + SIZE
    follows = end < len(models)
    return {"data": models[start:end], "has_more": follows, "next_cursor": f"b{end}" if follows else None}


def _after(models: list[Record], query: Query, url: str) -> Any:
    slugs = [model["model_slug"] for model in models]
    after = _asked(query, "after", "")
    start = slugs.index(after) + 1 if after else 0
    rows = models[start : start + SIZE]
    return {
        "object": "list",
        "data": rows,
        "has_more": start + SIZE < len(models),
        "last_id": rows[-1]["model_slug"],
    }


def _offset(models: list[Record], query: Query, url: str) -> Any:
    start = int(_asked(query, "offset", "0"))
    rows = models[start : start + SIZE]
    return {"items": rows, "total": len(models), "offset": start, "limit": SIZE}


def _numbered(models: list[Record], query: Query, url: str) -> Any:
    number, rows, _ = _page(models, query)
    return {"models": rows, "page": number, "total_pages": -(-len(models) // SIZE)}


PAGERS: dict[str, Pager] = {
    "relative": _by_number(lambda number, url: f"?page={number}", _counted),
    "absolute": _by_number(lambda number, url: f"{url}{PATH}?page={number}", _counted),
    "path": _by_number(lambda number, url: f"{PATH}?page={number}", _counted),
    "number": _by_number(lambda number, url: number, _counted),
    "links": _by_number(
        lambda number, url: {"href": f"{PATH}?page={number}"},
        lambda rows, following, total: {"data": rows, "links": {"next": following, "self": {"href": PATH}}},
    ),
    "rel": _by_number(
        lambda number, url: f"{url}{PATH}?page={number}",
        lambda rows, following, total: {
            "models": rows,
            "links": [
                {"rel": "self", "href": PATH},
                *([{"rel": "next", "href": following}] if following else []),
            ],
        },
    ),
    "meta": _by_number(
        lambda number, url: number,
        lambda rows, following, total: {
            "success": True,
            "data": {"models": rows},
            "meta": {"pagination": {"total": total, "next_page": following}},
        },
    ),
    "cursor": _cursor,
    "after": _after,
    "offset": _offset,
    "numbered": _numbered,
}


def _endless(models: list[Record], query: Query, url: str) -> Any:
    number = int(_asked(query, "page", "1"))
    return {"results": [{**models[0], "model_slug": f"veo_{number}"}], "next": f"?page={number + 1}"}


def _always(following: str) -> Pager:
    return lambda models, query, url: {"results": models[:SIZE], "next": following}


# Pages of which not all can be read: what is read stays, and nothing is withdrawn.
INCOMPLETE: dict[str, Pager] = {
    "elsewhere": _always("https://elsewhere.example.com/models/?page=2"),
    "another port": _always("http://127.0.0.1:1/api/v1/models/video/?page=2"),
    "no address": _always("http://[::1/"),
    "circle": _always("?page=2"),
    "endless": _endless,
    "count": lambda models, query, url: {"count": 30, "results": models[:SIZE]},
    "has more": lambda models, query, url: {"models": models[:SIZE], "has_more": True},
}
