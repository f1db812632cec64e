"""Writing an MP4 that every browser plays: H.264 Main in BT.709, AAC, its index in front."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from studio.film.reel.drawing.picture import Picture

FPS = 24
RATE = 48_000  # samples a second
COMMENT = "Drawn by a program: the Dailies sandbox. No camera and no model was involved."
# Measured: half the bits of plain ultrafast for little more time.
X264 = {
    "preset": "ultrafast",
    "crf": "24",
    "x264-params": "no-deblock=0:cabac=1:bframes=2:b-adapt=0:keyint=48",
}


class Clip:
    """An MP4 being written. Frames come at FPS, in order; sound is added whole."""

    def __init__(self, path: Path, width: int, height: int, *, title: str = "", sound: bool = False) -> None:
        self._file = av.open(path, "w", format="mp4", options={"movflags": "+faststart"})
        self._file.metadata.update({"comment": COMMENT, "title": title})
        self._video = self._file.add_stream("libx264", rate=FPS, options=X264)
        context = self._video.codec_context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.profile, context.thread_count = "Main", 1  # one thread: the same bytes on every machine
        context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        self._audio = (
            self._file.add_stream("aac", rate=RATE, layout="stereo", bit_rate=96_000) if sound else None
        )
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._file.mux(self._video.encode(None))
            if self._audio:
                self._file.mux(self._audio.encode(None))
        self._file.close()

    def add(self, picture: Picture) -> None:
        frame = picture.frame
        frame.pts, frame.time_base = self._count, Fraction(1, FPS)
        frame.pict_type = 0  # a decoded frame would otherwise force its own kind on the encoder
        self._count += 1
        self._file.mux(self._video.encode(frame))

    def add_sound(self, blocks: Iterable[av.AudioFrame]) -> None:
        if self._audio:
            for block in blocks:
                self._file.mux(self._audio.encode(block))
