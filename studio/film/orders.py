"""Orders to the film process and their results. Parent and child both import this, so it has no dependencies."""

from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import UserFacingError


class FilmError(UserFacingError):
    """The child process could not carry out the order."""


@dataclass(frozen=True, slots=True)
class RenderSpec:
    """One clip to render. Equal specs with equal input files give equal bytes.

    ``aspect_ratio`` is a ratio such as "16:9"; "Auto" and "" mean 16:9. ``quality`` is the model's name of a quality.
    With ``images``, the clip moves over them in order; with ``video``, it is that video with new colours. ``take``
    counts from 0: each take of the same request is a different clip of the same scene.
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
    """The files of a finished clip. Sizes are in pixels; ``cpu_seconds`` is the child's user and system time."""

    clip: Path
    poster: Path
    preview: Path
    duration: float
    width: int
    height: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Stills:
    """The pictures of a clip: a large poster, a small one for lists (480 pixels), and a small animated preview.

    ``preview`` is None for a still picture.
    """

    poster: Path
    thumb: Path
    preview: Path | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A still picture that was read to its end. Its size in pixels is that of the upright picture."""

    width: int
    height: int
    stills: Stills


@dataclass(frozen=True, slots=True)
class Probe:
    """The properties of a video or audio file that was read to its end.

    ``video_codec`` is "" if there is only sound, ``audio_codec`` if there is none. ``width`` and ``height`` are those
    of the displayed picture, upright and with square pixels; 0 if there is none. ``bits`` is the depth of one colour
    sample; ``chroma`` is a subsampling such as "4:2:0", or "" for another colour model. ``duration`` and
    ``starts_at`` are in seconds, measured from the packets. ``pixels`` counts those of one coded frame. ``is_whole``
    is false if packets are missing or damaged.
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
    """A version of a video that every browser plays: H.264, 8 bit, at most 1080p. ``duration`` is in seconds."""

    film: Path
    duration: float
