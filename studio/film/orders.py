"""What the film child is asked for, and what it answers. Pure: both sides of the pipe import this."""

from dataclasses import dataclass
from pathlib import Path


class FilmError(Exception):
    """The child could not do it. ``sentence`` can be shown to a person; ``str()`` gives the same."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class RenderSpec:
    """One clip to draw. Equal specs over equal input files give equal bytes.

    ``aspect_ratio`` is "16:9" and the like; "Auto" and "" mean 16:9. ``quality`` is a model's own word for it.
    With ``images`` the clip moves over them in order; with ``video`` it is that clip, graded anew. ``take``
    counts from 0: another take of the same request is another clip of the same scene.
    """

    prompt: str
    duration_seconds: int
    aspect_ratio: str = "16:9"
    quality: str = ""
    sound: bool = False
    images: tuple[Path, ...] = ()
    video: Path | None = None
    take: int = 0


@dataclass(frozen=True, slots=True)
class Rendered:
    """The files of a finished clip. Sizes in pixels; ``cpu_seconds`` is what the child used, user and system."""

    clip: Path
    poster: Path
    preview: Path
    duration: float
    width: int
    height: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Stills:
    """What stands for a clip: a large poster, a small one for lists (480 pixels), a small moving picture.

    ``preview`` is None for what does not move.
    """

    poster: Path
    thumb: Path
    preview: Path | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A still picture that was read to its end. Its size in pixels, as it is to be seen: turned upright."""

    width: int
    height: int
    stills: Stills


@dataclass(frozen=True, slots=True)
class Probe:
    """A video file that was read to its end. ``audio_codec`` is "" where there is no sound."""

    container: str
    video_codec: str
    audio_codec: str
    width: int
    height: int
    duration: float

    @property
    def has_audio(self) -> bool:
        return bool(self.audio_codec)
