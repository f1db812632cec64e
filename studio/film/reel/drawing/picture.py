"""A frame as three byte planes (YUV 4:2:0, BT.709, limited range), and layers that are painted onto it.

Painting in place on the planes is what makes a clip cheap: no frame is ever whole in RGB at full size.
"""

from copy import copy
from dataclasses import dataclass
from typing import Any, Self

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint16]
Floats = NDArray[np.floating[Any]]  # of either precision: an expression widens where NumPy does

_reformatter = VideoReformatter()  # keeps its scaler between frames of one size


@dataclass(frozen=True, slots=True)
class Picture:
    """Writable views on the planes of ``frame``: ``y`` is (height, width), ``u`` and ``v`` half of that."""

    frame: av.VideoFrame
    y: Bytes
    u: Bytes
    v: Bytes

    @classmethod
    def of(cls, frame: av.VideoFrame) -> Self:
        return cls(frame, *(_view(frame, index) for index in range(3)))

    @classmethod
    def from_rgb(cls, rgb: Bytes, width: int, height: int) -> Self:
        """Scale an RGB image of any size to a new picture."""
        return cls.of(scaled(av.VideoFrame.from_ndarray(rgb, "rgb24"), width, height))


def scaled(frame: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    """``frame`` in our pixel format at another size. The colour space must be said, or swscale assumes BT.601."""
    return _reformatter.reformat(
        frame,
        width,
        height,
        "yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation="BILINEAR",
    )


def _view(frame: av.VideoFrame, index: int) -> Bytes:
    plane = frame.planes[index]
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


class Layer:
    """A drawing with an alpha channel, made ready to be painted many times.

    Colours are held premultiplied with alpha (0..256) in 16 bits. Chroma has half the rows and columns, so that
    at odd positions it lies half a pixel off: less than an eye can see.
    """

    def __init__(self, rgba: Floats) -> None:
        """``rgba`` is (height, width, 4): colours 0..255, alpha 0..1."""
        rgba = _even(rgba)
        self.height, self.width = rgba.shape[:2]
        alpha = rgba[..., 3]
        y, u, v = _to_yuv(rgba[..., :3])
        half_alpha = _halve(alpha)
        self._planes = [_Plane.of(y * alpha, alpha)] + [
            _Plane.of(_halve(c * alpha), half_alpha) for c in (u, v)
        ]

    def between_columns(self) -> Self:
        """The layer half a pixel further left, for gliding; its chroma, half as fine, stays."""
        other = copy(self)
        other._planes = [self._planes[0].between_columns(), *self._planes[1:]]
        return other

    def paint(self, on: Picture, left: int, top: int, opacity: float = 1.0) -> None:
        """Paint with the upper left corner at column ``left`` and row ``top``, clipped to the picture."""
        strength = round(max(0.0, min(1.0, opacity)) * 256)
        if strength:
            for plane, target, step in zip(self._planes, (on.y, on.u, on.v), (1, 2, 2), strict=True):
                plane.paint(target, left // step, top // step, strength)


class _Plane:
    """One channel of a layer. From row ``solid`` on it hides what is below: it is copied there, not blended."""

    def __init__(self, ink: Words, clear: Words) -> None:
        """``ink`` is colour times alpha, ``clear`` what is let through; both count alpha up to 256."""
        self.ink, self.clear = ink, clear
        see_through = np.flatnonzero(clear.any(axis=1))
        self.solid = int(see_through[-1]) + 1 if see_through.size else 0
        self.copy: Bytes = (ink[self.solid :] >> 8).astype(np.uint8)

    @classmethod
    def of(cls, premultiplied: Floats, alpha: Floats) -> Self:
        ink = np.rint(premultiplied * 256).clip(0, 65280).astype(np.uint16)
        return cls(ink, (256 - np.rint(alpha * 256).clip(0, 256)).astype(np.uint16))

    def between_columns(self) -> Self:
        """The same, half a column to the left."""
        halves = [(values[:, :-1] >> 1) + (values[:, 1:] >> 1) for values in (self.ink, self.clear)]
        return type(self)(*halves)

    def paint(self, target: Bytes, left: int, top: int, strength: int) -> None:
        height, width = self.clear.shape
        x0, x1 = max(0, left), min(target.shape[1], left + width)
        y0, y1 = max(0, top), min(target.shape[0], top + height)
        if x0 >= x1 or y0 >= y1:
            return
        columns = slice(x0 - left, x1 - left)
        split = min(y1, max(y0, top + self.solid)) if strength == 256 else y1
        if split > y0:
            rows = slice(y0 - top, split - top)
            _blend(target[y0:split, x0:x1], self.ink[rows, columns], self.clear[rows, columns], strength)
        if y1 > split:
            rows = slice(split - top - self.solid, y1 - top - self.solid)
            target[split:y1, x0:x1] = self.copy[rows, columns]


def _blend(target: Bytes, ink: Words, clear: Words, strength: int) -> None:
    if strength != 256:
        ink = (ink >> np.uint16(8)) * np.uint16(strength)
        clear = np.uint16(256) - (((np.uint16(256) - clear) * np.uint16(strength)) >> np.uint16(8))
    mixed = np.multiply(target, clear, dtype=np.uint16)
    mixed += ink
    mixed >>= 8
    target[...] = mixed


class Strip:
    """A wide layer that glides sideways in half pixels, as a camera passes it."""

    def __init__(self, rgba: Floats) -> None:
        here = Layer(rgba)
        self._phases = here, here.between_columns()

    def paint(self, on: Picture, offset: float, top: int) -> None:
        """Paint from the strip's column ``offset`` (pixels, not negative) on, at row ``top``."""
        steps = round(offset * 2)
        self._phases[steps % 2].paint(on, -(steps // 2), top)


def _to_yuv(rgb: Floats) -> tuple[Floats, Floats, Floats]:
    """BT.709, limited range."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    y = 16 + luma * (219 / 255)
    u = 128 + (blue - luma) * (224 / 255 / 1.8556)
    v = 128 + (red - luma) * (224 / 255 / 1.5748)
    return y, u, v


def _halve(plane: Floats) -> Floats:
    return (plane[::2, ::2] + plane[1::2, ::2] + plane[::2, 1::2] + plane[1::2, 1::2]) / 4


def _even(rgba: Floats) -> Floats:
    height, width = rgba.shape[:2]
    if height % 2 or width % 2:
        rgba = np.pad(rgba, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return rgba.astype(np.float32, copy=False)
