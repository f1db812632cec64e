"""Decodes the catalog in any spelling: which records it holds, the slug of each, and which of them can be read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.contract.capability import Capability, Models, Unreadable
from studio.contract.decode.capability.inputs import INPUTS
from studio.contract.decode.capability.offer import DEPRECATED, is_deprecated, withheld_for
from studio.contract.decode.capability.record import DURATIONS, NAME, QUALITIES, RATIOS, decode_capability
from studio.contract.errors import Unavailable
from studio.contract.spelling.border import Admitted, admit, bounded
from studio.contract.spelling.envelope import balance_in, says_failed, sentence_in
from studio.contract.spelling.keys import Fields, plain
from studio.contract.spelling.paging import says_more
from studio.contract.spelling.rows import Row, RowKind, find_rows
from studio.contract.spelling.values import REPLACED, Unread, in_quotes, text

LONGEST_SLUG = 200
MOST_MODELS = 5_000  # of one studio; further ones are left out, and the catalog is marked as incomplete

_SPELLED_OUT = ("parameters", "inputschema", "schema", "capabilities", "modes", "resolutions")
_LENGTHS = ("minduration", "maxduration", "mindurationseconds", "maxdurationseconds")
_OPTIONS = tuple(
    f"{how}{what}"
    for how in ("supported", "allowed")
    for what in ("aspectratios", "durations", "resolutions")
)
_PROOF = frozenset((*RATIOS, *DURATIONS, *QUALITIES, *INPUTS, *_SPELLED_OUT, *_LENGTHS, *_OPTIONS))
MODEL_ROWS = RowKind(
    marks=frozenset(("modelslug", "slug", *_PROOF)),
    proof=_PROOF,
    lists=("models", "videomodels", "availablemodels", "capabilities", "data", "results", "items"),
    names=frozenset(("modelslug", "slug")),
    families=frozenset(("models", "videomodels", "availablemodels")),
    others=frozenset(
        f"{what}models"
        for what in (
            "image",
            "audio",
            "music",
            "speech",
            "voice",
            "text",
            "chat",
            "language",
            "llm",
            "embedding",
        )
    ),
    from_all_lists=True,
)

# The first that looks like a slug is the slug; if none does, the first that is not blank.
_SLUGS = ("modelslug", "slug", "id", "modelid", "model", "modelname", "code", "key", "identifier", "name")
_SLUG = re.compile(r"[^\s]*[^\s0-9][^\s]*")  # one word, not just a number
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_SLUG_IN_A_NAME = re.compile(r"[a-z0-9]+(?:[._/:-][a-z0-9]+)*")  # names are for people: "Kling" is not a slug

_PRICE = re.compile("credit|price|pricing|cost|billing|surcharge|discount")


def decode_models(*payloads: Any, unread: str = "") -> Models:
    """Decode the answer of ``GET /api/v1/models/video/`` in any envelope and spelling; several pages in order.

    A payload is JSON, or Admitted. ``unread`` is a sentence about pages that could not be read. Records that cannot be
    read are listed as Unreadable. Raises Unavailable if the first answer says that it failed, or holds no list of
    models.
    """
    catalog = _Catalog(unread=unread)
    pages = [page if isinstance(page, Admitted) else admit(page) for page in payloads]
    rows = [_rows(pages[0]), *(catalog.rows_of(page, number) for number, page in enumerate(pages[1:], 2))]
    for number, (page, found) in enumerate(zip(pages, rows, strict=True)):
        for row in found:
            catalog.add(row, page, number)
    balances = (balance_in(page.value, found) for page, found in zip(pages, rows, strict=True))
    return Models(
        capabilities=tuple(catalog.capabilities.values()),
        unreadable=tuple(catalog.unreadable),
        credits_remaining=next((left for left in balances if left is not None), None),
        notes={slug: tuple(notes) for slug, notes in catalog.notes.items() if notes},
        withheld=catalog.withheld,
        incomplete=catalog.unread or says_more([page.value for page in pages], sum(map(len, rows))),
    )


def _rows(page: Admitted) -> list[Row]:
    """The rows of a page. Raises Unavailable."""
    if says_failed(page.value):
        raise Unavailable(sentence_in(page.value) or "The studio could not list its models.")
    rows = find_rows(page.value, MODEL_ROWS)
    if rows is None:
        raise Unavailable("The studio's answer holds no list of models that could be understood.")
    return rows


@dataclass(slots=True)
class _Catalog:
    """What was read so far, by slug."""

    capabilities: dict[str, Capability] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[int, int]] = field(default_factory=dict)  # which page and list a slug came from
    unread: str = ""  # a sentence about what was not read

    def rows_of(self, page: Admitted, number: int) -> list[Row]:
        """The rows of a page after the first. An unreadable page must not hide the others, so it only leaves a note."""
        try:
            return _rows(page)
        except Unavailable as error:
            self.unread = (
                self.unread or f"Page {number} of the studio's models cannot be read: {error.sentence}"
            )
            return []

    def add(self, row: Row, page: Admitted, number: int) -> None:
        if len(self.capabilities) + len(self.unreadable) >= MOST_MODELS:
            self.unread = f"The studio lists more than {MOST_MODELS:,} models: only the first ones were read."
            return
        slug = slug_of(row.key, row.value)
        try:
            record, cut = _record(row.value)
            capability = decode_capability(_checked(slug), record)
        except Unread as unread:
            self.unreadable.append(Unreadable(slug or _named(row.value), unread.sentence, _raw(row.value)))
            return
        if slug in self.capabilities:
            self._add_again(slug, capability, (number, row.place))
        else:
            self._keep(capability, (number, row.place))
        notes = self.notes.setdefault(slug, [])
        deprecated = (DEPRECATED,) if is_deprecated(record) else ()
        found = (*page.notes_of(row.value), *cut, *capability.notes, *deprecated)
        notes += [note for note in found if note not in notes]

    def _keep(self, capability: Capability, place: tuple[int, int]) -> None:
        slug = capability.slug
        self.capabilities[slug], self.lists[slug] = capability, place
        self.withheld.pop(slug, None)
        if reason := withheld_for(capability.raw):
            self.withheld[slug] = reason

    def _add_again(self, slug: str, capability: Capability, place: tuple[int, int]) -> None:
        """In one list the first record counts. Another list ("featured") repeats some, often shortened."""
        if place == self.lists[slug]:
            self.unreadable.append(
                Unreadable(slug, "This slug is listed twice; the first record is used.", capability.raw)
            )
        elif place[0] == self.lists[slug][0] and len(capability.raw) > len(self.capabilities[slug].raw):
            self._keep(capability, self.lists[slug])


def _record(value: Any) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """A record of bounded size, and what was left out of it. Raises Unread."""
    if not isinstance(value, Mapping):
        raise Unread(f"This is not a model's record: {in_quotes(value)}.")
    return bounded(value, lambda name: _PRICE.search(plain(name)) is not None)


def _raw(value: Any) -> Any:
    """What is kept of a record that cannot be read. It may just be too large."""
    try:
        return bounded(value, lambda name: False)[0] if isinstance(value, Mapping) else value
    except Unread:
        return in_quotes(value, 2_000)


def slug_of(key: str, record: Any) -> str:
    """The text by which a model is requested: the key or field that looks like a slug, not just a number."""
    if not isinstance(record, Mapping):
        return text(key) or text(record)
    found = [candidate for candidate in _candidates(key, record) if candidate]
    named = (slug for slug in found if _SLUG.fullmatch(slug) and not _UUID.fullmatch(slug))
    return next(named, found[0] if found else "")


def _candidates(key: str, record: Mapping[str, Any]) -> Iterator[str]:
    fields = Fields(record)
    for name in _SLUGS:
        value = fields.take([name])
        words = text(value) if isinstance(value, str | int | float) else ""
        if name in _SLUGS[:2] and words:  # no other field is more explicit
            yield words
            return
        if name != "name" or _SLUG_IN_A_NAME.fullmatch(words):
            yield words
        if name == "id":
            yield text(key)


def _checked(slug: str) -> str:
    """Raises Unread for a slug that no request can name."""
    if not slug:
        raise Unread("This model has no slug to request it by.")
    if len(slug) > LONGEST_SLUG:
        raise Unread(f"Its slug is longer than {LONGEST_SLUG} characters.")
    if REPLACED in slug or not slug.isprintable():
        raise Unread("Its slug holds characters that cannot be stored or sent.")
    return slug


def _named(record: Any) -> str:
    return text(Fields(record).take(NAME)) if isinstance(record, Mapping) else ""
