"""Keys in any spelling: ``Aspect ratios``, ``aspect-ratios`` and ``aspectRatios`` are one key."""

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any

_LONGEST_NAME = 40
_JOINTS = re.compile(r"[\s_\-]+")


def plain(word: object) -> str:
    """The word without case, spaces, hyphens and underscores, so that two spellings compare equal."""
    value = str(word)
    return _plain_name(value) if len(value) <= _LONGEST_NAME else _JOINTS.sub("", value).casefold()


@functools.lru_cache(maxsize=4_096)
def _plain_name(word: str) -> str:
    """Cached: the same field names occur in every record."""
    return _JOINTS.sub("", word).casefold()


def is_blank(value: object) -> bool:
    """True for null, blank text, an empty array or object. False and 0 are not blank."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | tuple | Mapping) and not value)


class Fields:
    """One JSON object, read by keys in any spelling.

    It remembers which keys were read, so that ``rest`` can return the unknown ones, verbatim.
    """

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._record = record
        self._keys: dict[str, str] = {}
        for key in record:
            self._keys.setdefault(plain(key), key)
        self._taken: set[str] = set()

    def take(self, names: Iterable[str]) -> Any:
        """The value under the first of ``names`` (in plain spelling) that is not blank, else None.

        Keys with blank values that were passed over count as known. Other spellings of the same name stay in ``rest``.
        """
        for name in names:
            key = self._keys.get(name)
            if key is None:
                continue
            self._taken.add(key)
            if not is_blank(self._record[key]):
                return self._record[key]
        return None

    def give_back(self, value: object) -> None:
        """Mark a value as not understood after all, so that ``rest`` shows it, unless it is blank."""
        if isinstance(value, Mapping) and all(is_blank(inner) for inner in value.values()):
            return
        self._taken -= {key for key in self._taken if self._record[key] is value}

    def has(self, names: Iterable[str]) -> int:
        """How many of ``names`` are keys of the object, whatever their values."""
        return sum(name in self._keys for name in names)

    def rest(self) -> dict[str, Any]:
        return {key: value for key, value in self._record.items() if key not in self._taken}
