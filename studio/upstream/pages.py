"""Reads a list that comes in pages: each page once, from the same origin, up to a limit."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit

from studio.contract.errors import StudioError
from studio.contract.spelling.border import Admitted
from studio.contract.spelling.paging import next_reference
from studio.upstream.exchange import Answer

MOST_PAGES = 50
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Pages:
    """``unread`` is a sentence about the pages that could not be read, "" if all were."""

    read: list[Admitted]
    unread: str = ""


def read_pages(first: str, get: Callable[[str], Answer]) -> Pages:
    """Read ``first`` and the pages after it. ``get`` reads an address, or raises StudioError.

    An error on the first page is raised. An error on a later one ends the list, with a sentence.
    """
    pages = [get(first).admitted]
    address, seen = first, {first}
    while reference := next_reference(pages[-1].value):
        following = next_address(address, reference)
        if following is None:
            return Pages(pages, "The studio's next page of models is at another address, which is not read.")
        if following in seen:
            return Pages(pages, "The studio's pages of models lead in a circle: not all may have been read.")
        if len(pages) == MOST_PAGES:
            return Pages(pages, f"The studio's models fill more than {MOST_PAGES} pages: not all were read.")
        try:
            page = get(following).admitted
        except StudioError as error:
            return Pages(
                pages, f"Page {len(pages) + 1} of the studio's models could not be read: {error.sentence}"
            )
        if page.value == pages[-1].value:
            return Pages(pages, "The studio's pages of models are all the same: not all may have been read.")
        pages.append(page)
        seen.add(following)
        address = following
    return Pages(pages)


def next_address(address: str, reference: str) -> str | None:
    """The absolute address of ``reference``, seen from ``address``; None if it is on another host or port.

    A server behind a proxy often writes http although it is reached by https, so our scheme is kept.
    """
    if reference.startswith("?"):
        return _with_query(address, reference)
    here = urlsplit(address)
    try:
        there = urlsplit(urljoin(address, reference))
        if there.scheme not in _PORTS or not _is_same_origin(here, there):
            return None
    except ValueError:
        return None
    return here._replace(path=there.path, query=there.query, fragment="").geturl()


def _is_same_origin(here: SplitResult, there: SplitResult) -> bool:
    ports = [parts.port or _PORTS[parts.scheme] for parts in (here, there)]
    is_default = [port == _PORTS[parts.scheme] for port, parts in zip(ports, (here, there), strict=True)]
    return here.hostname == there.hostname and (ports[0] == ports[1] or all(is_default))


def _with_query(address: str, reference: str) -> str:
    """Replace parameters of the query; the others stay."""
    here = urlsplit(address)
    asked = dict(parse_qsl(here.query)) | dict(parse_qsl(reference.removeprefix("?")))
    return here._replace(query=urlencode(asked)).geturl()
