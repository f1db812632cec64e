"""A version of a film that every browser plays: H.264 in 8 bit 4:2:0, at most 1080p, upright, from second zero."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from studio.film.orders import FilmError
from studio.film.reel.drawing.picture import Picture
from studio.film.reel.encoding import RATE
from studio.film.reel.reading import OpenVideo, open_video, shape_of

LONG_SIDE, SHORT_SIDE = 1920, 1080
MOST_FPS = 60  # frames that come faster are left out
CLOCK = 90_000  # ticks a second in which frames are timed: their own times are kept
X264 = {"preset": "veryfast", "crf": "23", "x264-params": "keyint=120"}
NOTHING = "No picture of the video could be decoded."


def proxy_of(path: Path, folder: Path) -> dict[str, Any]:
    """Write proxy.mp4 into ``folder``; return how many seconds of the film are in it. Raises FilmError."""
    with open_video(path) as video, Proxy(folder / "proxy.mp4", video) as proxy:
        for frame in _frames(video):
            proxy.add(frame)
    if not proxy.seconds:
        raise FilmError(NOTHING)
    return {"duration": round(proxy.seconds, 3)}


class Proxy:
    """An MP4 being written. Frames of picture and sound come as they are decoded, in the source's own time."""

    def __init__(self, path: Path, video: OpenVideo) -> None:
        self.width, self.height, self.turns = _size(*shape_of(video.stream))
        self.seconds = 0.0
        self._file = av.open(path, "w", format="mp4", options={"movflags": "+faststart"})
        self._video = self._video_stream(video)
        has_sound = any(one.codec_context for one in video.container.streams.audio)
        self._audio = (
            self._file.add_stream("aac", rate=RATE, layout="stereo", bit_rate=128_000) if has_sound else None
        )
        self._resampler = AudioResampler("fltp", "stereo", RATE, frame_size=1024)
        self._reformatter = VideoReformatter()
        self._start: float | None = None
        self._last = -1.0
        self._samples = 0

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._start is not None:
            if self._audio:
                self._encode_sound(self._audio, None)
                self._file.mux(self._audio.encode(None))
            self._file.mux(self._video.encode(None))
        self._file.close()

    def add(self, frame: av.VideoFrame | av.AudioFrame) -> None:
        """The first frame of either kind is second zero."""
        if frame.time is None:
            return
        if self._start is None:
            self._start = frame.time
        time = frame.time - self._start
        if isinstance(frame, av.AudioFrame):
            self._add_sound(frame, time)
        elif time >= self._last + 1 / (MOST_FPS + 1):
            self._add_picture(frame, time)

    def _add_picture(self, frame: av.VideoFrame, time: float) -> None:
        self._last = time
        self.seconds = time + float((frame.duration or 0) * (frame.time_base or 0))
        upright = self._upright(frame)
        upright.pts, upright.time_base = round(time * CLOCK), Fraction(1, CLOCK)
        self._file.mux(self._video.encode(upright))

    def _upright(self, frame: av.VideoFrame) -> av.VideoFrame:
        lying = (self.height, self.width) if self.turns % 2 else (self.width, self.height)
        scaled = self._reformatter.reformat(
            frame,
            *lying,
            "yuv420p",
            src_colorspace=Colorspace.ITU709 if frame.height >= 720 or frame.colorspace == 1 else None,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation="BILINEAR",
        )
        if not self.turns:
            return scaled
        turned = Picture.of(av.VideoFrame(self.width, self.height, "yuv420p"))
        source = Picture.of(scaled)
        for to, plane in zip((turned.y, turned.u, turned.v), (source.y, source.u, source.v), strict=True):
            to[...] = np.rot90(plane, self.turns)
        return turned.frame

    def _add_sound(self, frame: av.AudioFrame, time: float) -> None:
        if not self._audio:
            return
        if not self._samples:  # sound that begins later than the picture
            self._samples = max(0, round(time * RATE))
        frame.pts = None  # from here on the samples are counted
        self._encode_sound(self._audio, frame)

    def _encode_sound(self, audio: av.AudioStream, frame: av.AudioFrame | None) -> None:
        for block in self._resampler.resample(frame):
            block.pts, block.time_base = self._samples, Fraction(1, RATE)
            self._samples += block.samples
            self._file.mux(audio.encode(block))

    def _video_stream(self, video: OpenVideo) -> av.VideoStream:
        rate = min(MOST_FPS, max(1, round(float(video.stream.average_rate or 25))))  # a hint for the encoder
        stream = self._file.add_stream("libx264", rate=rate, options=X264)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = self.width, self.height, "yuv420p"
        context.time_base, context.thread_count = Fraction(1, CLOCK), 1
        context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        return stream


def _frames(video: OpenVideo) -> Iterator[av.VideoFrame | av.AudioFrame]:
    """Picture and sound in the order of the file; packets that cannot be decoded are left out."""
    sound = next((one for one in video.container.streams.audio if one.codec_context), None)
    streams: list[av.VideoStream | av.AudioStream] = [video.stream, sound] if sound else [video.stream]
    for packet in video.container.demux(*streams):
        try:
            yield from (one for one in packet.decode() if isinstance(one, av.VideoFrame | av.AudioFrame))
        except av.error.FFmpegError:
            continue


def _size(width: int, height: int, turns: int) -> tuple[int, int, int]:
    """Even sides within 1080p, of the same shape."""
    long, short = max(width, height), min(width, height)
    scale = min(1.0, LONG_SIDE / long, SHORT_SIDE / short)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2), turns
