"""Reading videos that come from elsewhere: nothing about them is believed until it was read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from studio.film.orders import FilmError

MAX_PIXELS = 4096 * 2304  # of one frame; larger ones are not decoded
OPTIONS = {
    "max_pixels": str(MAX_PIXELS),
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,matroska,webm",  # above all no playlist, which names other files
}
CUT_SHORT = "The video file is cut short: its end is missing."
NO_VIDEO = "The file holds no video."
UNKNOWN_KIND = "The file is not a video of a kind we know (MP4, MOV, WebM)."
TOO_LARGE = "The video's picture is larger than 4096 × 2304."


@dataclass(frozen=True, slots=True)
class OpenVideo:
    container: InputContainer
    stream: VideoStream
    duration: float  # seconds


@contextmanager
def open_video(path: Path) -> Iterator[OpenVideo]:
    """Open a video for decoding. Raises FilmError if it is none, or too large to decode safely."""
    try:
        container = av.open(path, options=OPTIONS)
    except av.error.InvalidDataError:
        raise FilmError(UNKNOWN_KIND) from None
    with container:
        stream = next(iter(container.streams.video), None)
        if stream is None:
            raise FilmError(NO_VIDEO)
        if stream.codec_context.width * stream.codec_context.height > MAX_PIXELS:
            raise FilmError(TOO_LARGE)
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        stream.thread_type, stream.codec_context.thread_count = "SLICE", 1
        yield OpenVideo(container, stream, _duration(container, stream))


def probe(path: Path) -> dict[str, Any]:
    """The facts of a video, after its packets were read to the end and its last frames' times were seen."""
    with open_video(path) as video:
        context = video.stream.codec_context
        audio = next(iter(video.container.streams.audio), None)
        end = _demuxed_to(video)
        if video.duration - end > max(0.5, video.duration * 0.02):
            raise FilmError(CUT_SHORT)
        return {
            "container": _family(video.container.format.name),
            "video_codec": context.codec.canonical_name,
            "audio_codec": audio.codec_context.codec.canonical_name if audio else "",
            "width": context.width,
            "height": context.height,
            "duration": round(video.duration or end, 3),
        }


def frames_at(video: OpenVideo, times: Sequence[float]) -> Iterator[av.VideoFrame]:
    """The frames shown at ``times`` (seconds, rising), decoding only what lies between."""
    wanted = iter(times)
    time = next(wanted, None)
    last = None
    for frame in video.container.decode(video.stream):
        last = frame
        while time is not None and (frame.time or 0.0) + 1e-6 >= time:
            yield frame
            time = next(wanted, None)
        if time is None:
            return
    while time is not None and last is not None:
        yield last
        time = next(wanted, None)


def _demuxed_to(video: OpenVideo) -> float:
    """The end of the last video packet in seconds. A cut file raises, ends early, or has packets cut short."""
    end = 0.0
    for packet in video.container.demux(video.stream):
        if packet.is_corrupt:
            raise FilmError(CUT_SHORT)
        if packet.pts is not None and packet.size:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    if not end:
        raise FilmError(NO_VIDEO)
    return end - float((video.stream.start_time or 0) * video.stream.time_base)


def _duration(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / av.time_base


def _family(names: str) -> str:
    return "mp4" if "mp4" in names else "webm" if "webm" in names else names.split(",")[0]
