"""One generate request, and the table of its fields: a new field is added here and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """What is asked of the API, in its own field names. Empty values mean "not said" and are not sent."""

    model_slug: str
    prompt: str = ""
    aspect_ratio: str = ""
    duration_seconds: int | None = None
    quality_mode: str = ""
    input_image_urls: tuple[str, ...] = ()
    input_video_urls: tuple[str, ...] = ()
    sound: bool | None = None
    prompt_directory_optin: bool = False

    def to_json(self) -> dict[str, Any]:
        """The body to send: only fields that say something; ``sound: false`` does, None does not."""
        said = {f.name: getattr(self, f.name) for f in fields(self)}
        body = {
            name: value for name, value in said.items() if value not in ("", None, ()) and value is not False
        }
        if self.sound is False:
            body["sound"] = False
        return {name: list(value) if isinstance(value, tuple) else value for name, value in body.items()}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Self:
        """The inverse of ``to_json``, for bodies that we stored ourselves; unknown keys are ignored."""
        known = {f.name: body[f.name] for f in fields(cls) if f.name in body}
        values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in known.items()}
        return cls(**values)
