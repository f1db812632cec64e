"""One generate request: a model's slug, and the values of its parameters under their wire names."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

from studio.contract.spelling.keys import is_blank

SEED_FIELDS = (
    *("prompt", "aspect_ratio", "duration_seconds", "quality_mode"),
    *("input_image_urls", "input_video_urls", "sound", "prompt_directory_optin"),
)
_OMITTED_WHEN_OFF = ("prompt_directory_optin",)  # it is an offer: leaving it out declines it


class GenerateRequest:
    """One generate request. ``values`` holds only what was set: blank values are left out, lists become tuples.

    ``GenerateRequest("veo31_fast", prompt="A lighthouse", seed=7)``: keywords are wire names. The properties are
    the fields that the API's document names, with an empty value if they are not set. Immutable.
    """

    __slots__ = ("model_slug", "values")
    model_slug: str
    values: Mapping[str, Any]

    def __init__(self, /, model_slug: str, **values: Any) -> None:
        given = {name: _frozen(value) for name, value in values.items() if not _is_omitted(name, value)}
        in_order = {name: given.pop(name) for name in SEED_FIELDS if name in given}
        object.__setattr__(self, "model_slug", model_slug)
        object.__setattr__(self, "values", MappingProxyType(in_order | given))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"GenerateRequest is immutable: {name}.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GenerateRequest) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_json(), sort_keys=True))

    def __repr__(self) -> str:
        return f"GenerateRequest({self.to_json()!r})"

    def __getstate__(self) -> dict[str, Any]:
        return self.to_json()

    def __setstate__(self, body: Mapping[str, Any]) -> None:
        made = self.from_json(body)
        object.__setattr__(self, "model_slug", made.model_slug)
        object.__setattr__(self, "values", made.values)

    def get(self, name: str, otherwise: Any = None) -> Any:
        return self.values.get(name, otherwise)

    def but(self, /, model_slug: str | None = None, **values: Any) -> Self:
        """A copy with other values; a blank value removes one."""
        return type(self)(model_slug or self.model_slug, **{**self.values, **values})

    @property
    def prompt(self) -> str:
        return str(self.get("prompt", ""))

    @property
    def aspect_ratio(self) -> str:
        return str(self.get("aspect_ratio", ""))

    @property
    def duration_seconds(self) -> int | None:
        seconds: int | None = self.get("duration_seconds")
        return seconds

    @property
    def quality_mode(self) -> str:
        return str(self.get("quality_mode", ""))

    @property
    def input_image_urls(self) -> tuple[str, ...]:
        return tuple(self.get("input_image_urls", ()))

    @property
    def input_video_urls(self) -> tuple[str, ...]:
        return tuple(self.get("input_video_urls", ()))

    @property
    def sound(self) -> bool | None:
        is_on: bool | None = self.get("sound")
        return is_on

    @property
    def prompt_directory_optin(self) -> bool:
        return self.get("prompt_directory_optin") is True

    def to_json(self) -> dict[str, Any]:
        """The body to send, as JSON data."""
        return {
            "model_slug": self.model_slug,
            **{name: _thawed(value) for name, value in self.values.items()},
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The inverse of ``to_json``, for bodies that we stored ourselves. Raises TypeError for one without a model."""
        return cls(**body)


def _is_omitted(name: str, value: Any) -> bool:
    return value is None or value in ("", (), [], {}) or (value is False and name in _OMITTED_WHEN_OFF)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _thawed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def is_set(value: object) -> bool:
    """False for blank values and for "off": they request nothing."""
    return not is_blank(value) and value is not False
