"""What the film child is asked for, and what it answers. Pure: both sides of the pipe import this."""

from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import UserFacingError


class FilmError(UserFacingError):
    """The child process could not carry out the order."""


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
    """A file of film or sound, read to its end.

    ``video_codec`` is "" where there is only sound, ``audio_codec`` where there is none. ``width`` and ``height``
    are those of the picture as it is to be seen, upright and with square pixels; 0 without one. ``bits`` are those
    of one colour sample, ``chroma`` is "4:2:0" and the like, or "" for another kind of colour. ``duration`` and
    ``starts_at`` are seconds, measured on the packets; ``pixels`` are those of one coded frame. ``is_whole`` is
    false where packets were missing or damaged.
    """

    container: str
    video_codec: str
    audio_codec: str
    width: int
    height: int
    duration: float
    starts_at: float = 0.0
    bits: int = 8
    chroma: str = "4:2:0"
    pixels: int = 0
    is_whole: bool = True

    @property
    def has_audio(self) -> bool:
        return bool(self.audio_codec)

    @property
    def has_video(self) -> bool:
        return bool(self.video_codec)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A version of a film that every browser plays: H.264, 8 bit, at most 1080p. ``duration`` in seconds."""

    film: Path
    duration: float
