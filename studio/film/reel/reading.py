"""Reading films and sound that come from elsewhere: nothing about them is believed until it was read."""

import math
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from studio.film.orders import FilmError

MAX_PIXELS = 8192 * 4608  # of one frame; larger ones are not decoded
OPTIONS = {
    "max_pixels": str(MAX_PIXELS),
    "protocol_whitelist": "file",
    # Above all no playlist, which names other files.
    "format_whitelist": (
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,mxf,ogg,mp3,wav,flac,aac"
    ),
}
NO_VIDEO = "The file holds no video."
NEITHER = "The file holds neither video nor sound."
UNKNOWN_KIND = "The file is not a video of a kind we know."
TOO_LARGE = "The video's picture is larger than 8192 × 4608."
# Pixels that are decoded to find exact frames, at most; beyond, the nearest key frames have to do. About a second of
# CPU time where key frames are near enough, and about four where they are so rare that all pictures would be alike.
FEW_PIXELS, MANY_PIXELS = 400_000_000, 1_500_000_000
NEAR = 1 / 16  # of the length
ODD_ASPECT = 16  # a pixel that is so many times wider than high, or higher than wide, is a mistake


@dataclass(frozen=True, slots=True)
class Media:
    """An open file. ``video`` is its first moving picture (the cover of a song is none), ``main`` that or the sound."""

    container: InputContainer
    main: VideoStream | AudioStream
    video: VideoStream | None
    audio: AudioStream | None


@dataclass(frozen=True, slots=True)
class OpenVideo:
    container: InputContainer
    stream: VideoStream


@dataclass(slots=True)
class Survey:
    """What the packets of a stream say. Times in seconds; ``keys`` are those of its key frames."""

    start: float = math.inf
    end: float = -math.inf
    packets: int = 0
    is_whole: bool = True
    keys: list[float] = field(default_factory=list)

    @property
    def duration(self) -> float:
        return max(0.0, self.end - self.start) if self.packets else 0.0


@contextmanager
def open_media(path: Path) -> Iterator[Media]:
    """Open a file of film or sound. Raises FilmError if it is none."""
    try:
        container = av.open(path, options=OPTIONS)
    except av.error.InvalidDataError:
        raise FilmError(UNKNOWN_KIND) from None
    with container:
        moving = (one for one in container.streams.video if not one.disposition & Disposition.attached_pic)
        video, audio = next(moving, None), next(iter(container.streams.audio), None)
        main = video or audio
        if main is None:
            raise FilmError(NEITHER)
        yield Media(container, main, video, audio)


@contextmanager
def open_video(path: Path) -> Iterator[OpenVideo]:
    """Open a video for decoding. Raises FilmError if it is none, or too large to decode safely."""
    with open_media(path) as media:
        stream = media.video
        if stream is None or stream.codec_context is None:
            raise FilmError(NO_VIDEO)
        if stream.codec_context.width * stream.codec_context.height > MAX_PIXELS:
            raise FilmError(TOO_LARGE)
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        stream.thread_type, stream.codec_context.thread_count = "SLICE", 1
        yield OpenVideo(media.container, stream)


def probe(path: Path) -> dict[str, Any]:
    """The facts of a file of film or sound, after its packets were read to the end."""
    with open_media(path) as media:
        seen = survey(media.container, media.main)
        picture = _picture_facts(media.video) if media.video else {"width": 0, "height": 0}
        return {
            "container": _family(media.container.format.name),
            "video_codec": _codec(media.video),
            "audio_codec": _codec(media.audio),
            "duration": round(_header_duration(media.container, media.main, seen), 3),
            "starts_at": round(seen.start, 3),
            "is_whole": seen.is_whole,
            **picture,
        }


def survey(container: InputContainer, stream: VideoStream | AudioStream) -> Survey:
    """Read every packet of a stream. A file that was cut ends early, or has packets that are cut."""
    seen = Survey()
    try:
        for packet in container.demux(stream):
            if packet.is_corrupt:
                seen.is_whole = False
            elif packet.pts is not None and packet.size:
                _count(packet, packet.pts, seen)
    except av.error.FFmpegError:
        seen.is_whole = False
    if not seen.packets:
        raise FilmError(NO_VIDEO if stream.type == "video" else NEITHER)
    return seen


def shape_of(stream: VideoStream) -> tuple[int, int, int]:
    """Width and height as they are to be seen, and the quarter turns to the left that make a frame upright."""
    context = stream.codec_context
    aspect = stream.sample_aspect_ratio or context.sample_aspect_ratio or 1
    if not 1 / ODD_ASPECT <= aspect <= ODD_ASPECT:
        aspect = 1
    width, height = max(1, round(context.width * aspect)), context.height
    turns = _quarter_turns(context.coded_side_data.get("display_matrix"))
    return (height, width, turns) if turns % 2 else (width, height, turns)


def frames_at(video: OpenVideo, times: Sequence[float]) -> Iterator[av.VideoFrame]:
    """The frames shown at ``times`` (shares of the length, rising): exact ones where decoding to them is cheap,
    else the nearest key frames."""
    seen = survey(video.container, video.stream)
    context = video.stream.codec_context
    wanted = [seen.start + share * seen.duration for share in times]
    near = all(abs(_nearest(seen, time) - time) <= seen.duration * NEAR for time in wanted)
    if seen.packets * context.width * context.height > (FEW_PIXELS if near else MANY_PIXELS):
        yield from _nearest_keys(video, seen, wanted)
    else:
        yield from _exact(video, seen, wanted)


def decoded(video: OpenVideo) -> Iterator[av.VideoFrame]:
    """Its frames from where it stands; packets that cannot be decoded are left out."""
    for packet in video.container.demux(video.stream):
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            continue


def _exact(video: OpenVideo, seen: Survey, times: Sequence[float]) -> Iterator[av.VideoFrame]:
    _seek(video, seen.start)
    wanted = iter(times)
    time = next(wanted, None)
    last = None
    for frame in decoded(video):
        last = frame
        while time is not None and (frame.time or 0.0) + 1e-6 >= time:
            yield frame
            time = next(wanted, None)
        if time is None:
            return
    while time is not None and last is not None:
        yield last
        time = next(wanted, None)


def _nearest_keys(video: OpenVideo, seen: Survey, times: Sequence[float]) -> Iterator[av.VideoFrame]:
    at, frame = None, None
    for time in times:
        key = _nearest(seen, time)
        if key != at or frame is None:
            at = key
            _seek(video, key)
            frame = next(decoded(video), frame)
        if frame is not None:
            yield frame


def _nearest(seen: Survey, time: float) -> float:
    return min(seen.keys or [seen.start], key=lambda moment: abs(moment - time))


def _seek(video: OpenVideo, time: float) -> None:
    video.container.seek(round(time / video.stream.time_base), stream=video.stream)


def _count(packet: "av.Packet[Any]", pts: int, seen: Survey) -> None:
    time = float(pts * packet.time_base)
    seen.start = min(seen.start, time)
    seen.end = max(seen.end, time + float((packet.duration or 0) * packet.time_base))
    seen.packets += 1
    if packet.is_keyframe:
        seen.keys.append(time)


def _picture_facts(stream: VideoStream) -> dict[str, Any]:
    context = stream.codec_context
    if context is None:
        return {"width": 0, "height": 0}
    width, height, _ = shape_of(stream)
    facts = {"width": width, "height": height, "pixels": context.width * context.height}
    if context.format is None:
        return facts
    return {**facts, "bits": context.format.components[0].bits, "chroma": _chroma(context.format)}


def _chroma(pixels: av.VideoFormat) -> str:
    if pixels.is_rgb or len(pixels.components) < 3:
        return ""
    shares = {(8, 8): "4:2:0", (8, 16): "4:2:2", (16, 16): "4:4:4"}
    return shares.get((pixels.chroma_width(16), pixels.chroma_height(16)), "")


def _quarter_turns(matrix: bytes | None) -> int:
    """Of a display matrix (nine numbers of 32 bits), to the left."""
    if matrix is None or len(matrix) < 36:
        return 0
    first, second = struct.unpack("<2i", matrix[:8])
    return round(-math.degrees(math.atan2(second, first)) / 90) % 4


def _header_duration(container: InputContainer, stream: VideoStream | AudioStream, seen: Survey) -> float:
    """The header's length where it fits the packets: it alone knows how long the last frame is shown."""
    own = float(stream.duration * stream.time_base) if stream.duration else 0.0
    header = own or (container.duration or 0) / av.time_base
    return header if abs(header - seen.duration) <= max(0.5, seen.duration * 0.05) else seen.duration


def _codec(stream: VideoStream | AudioStream | None) -> str:
    if stream is None:
        return ""
    return stream.codec_context.codec.canonical_name if stream.codec_context else "unknown"


def _family(names: str) -> str:
    return "mp4" if "mp4" in names else "webm" if "webm" in names else names.split(",")[0]
