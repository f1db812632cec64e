"""An API key that cannot be printed by accident."""

from urllib.parse import quote

MASK = "••••"
MASK_IN_ADDRESS = quote(MASK)
SHORTEST_TO_HIDE = 8  # a shorter key could be part of an ordinary word, and masking it would garble answers


class Secret:
    """Text whose ``repr``, ``str`` and format are ••••. Only ``reveal()`` returns the value."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.strip()

    def __repr__(self) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> str:
        raise TypeError("A secret cannot be pickled.")

    def reveal(self) -> str:
        return self._text

    @property
    def fits_a_header(self) -> bool:
        """False for an empty key, and for one with spaces, line breaks or non-ASCII characters."""
        return bool(self._text) and all("!" <= letter <= "~" for letter in self._text)

    def hide_in(self, text: str) -> str:
        """The ``text`` of an answer, with the key masked where it is echoed."""
        return text.replace(self._text, MASK) if len(self._text) >= SHORTEST_TO_HIDE else text

    def put_back_in(self, address: str) -> str:
        """Undo ``hide_in`` for an address that will be requested. The result must not be shown."""
        return address.replace(MASK_IN_ADDRESS, quote(self._text, safe=""))
