"""Finds the rows of an answer: models, or jobs. Envelopes differ, rows look alike.

An answer may hold them in one list, in several, in families with lists of their own, or in objects id → row.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.contract.spelling.keys import Fields, plain

_DEEPEST = 6  # levels of an envelope
_MOST_PLACES = 100_000  # objects and lists that are searched


@dataclass(frozen=True, slots=True)
class RowKind:
    """How to recognize a row.

    ``marks`` are fields that suggest a row, ``proof`` those of them that nothing else has. ``lists`` are the usual
    names of the array of rows. An object that holds an array named in ``families`` is never a row itself.
    ``others`` are names of arrays of something else. ``from_all_lists``: every list counts, whatever its name;
    else only the lists with the best name.
    """

    marks: frozenset[str]
    proof: frozenset[str]
    lists: tuple[str, ...]
    names: frozenset[str]  # fields with a row's own name
    families: frozenset[str]
    others: frozenset[str] = frozenset()
    from_all_lists: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """``key`` is "" unless the rows are an object id → row. Rows of one list have the same ``place``."""

    key: str
    value: Any
    place: int


@dataclass(frozen=True, slots=True)
class _Place:
    """One list or object that may hold rows."""

    rows: list[tuple[str, Any]]
    name: str
    depth: int
    is_envelope: bool  # the outermost object, whose other fields are not rows
    sure: int  # rows with a mark
    proven: int  # rows with a mark that nothing else has


def find_rows(payload: Any, kind: RowKind) -> list[Row] | None:
    """The rows of an answer, None if it has no list of them.

    An empty or unrecognizable array counts only if it is bare or has a usual name: otherwise an answer such as
    ``{"warnings": []}`` would mean that nothing exists.
    """
    usual = (*kind.lists, "") if isinstance(payload, list) else kind.lists
    found = _Search(kind).places(payload)
    places = [place for place in found if place.sure or place.name in usual]
    if not places:
        return None
    chosen = _chosen(places, kind)
    return [Row(key, row, number) for number, place in enumerate(chosen) for key, row in place.rows]


def _chosen(places: list[_Place], kind: RowKind) -> list[_Place]:
    """The best place, and those that belong to it."""
    best = max(places, key=lambda place: _rank(place, kind))
    if best.is_envelope:
        return [best]
    alike = [place for place in places if place.name == best.name and (place.sure or not best.sure)]
    within = [place for place in places if not place.is_envelope]
    if kind.from_all_lists:
        return [
            place for place in within if place.proven or (place.sure and place.name in kind.families)
        ] or alike
    has_usual_name = best.name in kind.lists
    return alike if has_usual_name or not best.proven else [place for place in within if place.proven]


def _rank(place: _Place, kind: RowKind) -> tuple[bool, bool, int, int, int]:
    """Prefers places with recognized rows, then usual names, outer ones, fuller ones."""
    usual = kind.lists.index(place.name) if place.name in kind.lists else len(kind.lists)
    is_proven = kind.from_all_lists and place.proven > 0
    depth = max(place.depth, 1)  # an envelope is not better than the lists in it
    return is_proven, place.sure > 0, -usual, -depth, place.sure


@dataclass(slots=True)
class _Search:
    """Finds every place of one answer that may hold rows; each object and list is searched once."""

    kind: RowKind
    seen: dict[tuple[int, str, int], list[_Place]] = field(default_factory=dict)  # by id(), name, depth
    left: int = _MOST_PLACES

    def places(self, value: Any, name: str = "", depth: int = 0) -> list[_Place]:
        if depth > _DEEPEST or name in self.kind.others or not isinstance(value, list | Mapping):
            return []
        known = (id(value), name, depth)
        if known not in self.seen:
            self.left -= 1
            if self.left < 0:
                return []
            found = (
                self._in_list(value, name, depth)
                if isinstance(value, list)
                else self._in_object(value, name, depth)
            )
            self.seen[known] = list(found)
        return self.seen[known]

    def _in_list(self, items: list[Any], name: str, depth: int) -> Iterator[_Place]:
        families = [self._is_family(item, depth) for item in items]
        rows = [("", item) for item, is_family in zip(items, families, strict=True) if not is_family]
        if rows or not items:
            yield self._place(rows, name, depth)
        for item, is_family in zip(items, families, strict=True):
            if is_family:
                yield from self.places(item, name, depth + 1)

    def _in_object(self, value: Mapping[str, Any], name: str, depth: int) -> Iterator[_Place]:
        """Places within an object; and the object itself, if its values are rows by id.

        The outermost object has the envelope's own fields next to such rows, which are not rows. If an object also
        holds lists of rows, only values that are clearly rows count.
        """
        if depth > 1 and self._is_row(value, depth):
            return
        deeper = [place for key, item in value.items() for place in self.places(item, plain(key), depth + 1)]
        yield from deeper
        if _has(value, self.kind.marks) > 1:
            return  # it is a row itself
        pairs = [(key, item) for key, item in value.items() if depth or isinstance(item, Mapping)]
        if depth and any(place.sure for place in deeper):
            pairs = [(key, item) for key, item in pairs if self._names_itself(item)]
        place = self._place(pairs, name, depth, is_envelope=depth == 0)
        if place.sure or not value:  # an empty one under a usual name means that there are no rows
            yield place

    def _place(
        self, rows: list[tuple[str, Any]], name: str, depth: int, *, is_envelope: bool = False
    ) -> _Place:
        sure = sum(_has(row, self.kind.marks) > 0 for _, row in rows)
        proven = sum(_has(row, self.kind.proof) > 0 for _, row in rows)
        return _Place(rows, name, depth, is_envelope, sure, proven)

    def _is_row(self, value: Mapping[str, Any], depth: int) -> bool:
        return _has(value, self.kind.marks) > 0 and not self._is_family(value, depth)

    def _is_family(self, value: Any, depth: int) -> bool:
        """True for an object that is not a row, but holds lists of rows."""
        if not isinstance(value, Mapping):
            return False
        fields = Fields(value)
        if any(self._may_be_rows(fields.take([name])) for name in self.kind.families):
            return True
        if fields.has(self.kind.proof) or self.left < 0:
            return False
        inner = [place for key, item in value.items() for place in self.places(item, plain(key), depth + 1)]
        proven = [place for place in inner if place.proven]
        if not fields.has((*self.kind.names, "id")):
            return bool(proven)
        return any(not key and self._names_itself(row) for place in proven for key, row in place.rows)

    def _may_be_rows(self, value: Any) -> bool:
        """True for a list, or an object by id, of objects of which at least one has a mark or an id."""
        items = value if isinstance(value, list) else value.values() if isinstance(value, Mapping) else ()
        return any(_has(item, (*self.kind.marks, "id")) for item in items)

    def _names_itself(self, row: Any) -> bool:
        return _has(row, self.kind.proof) > 0 and _has(row, self.kind.names) > 0


def _has(row: Any, names: Iterable[str]) -> int:
    return Fields(row).has(names) if isinstance(row, Mapping) else 0
