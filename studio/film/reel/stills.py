"""The pictures that stand for a clip: from the frames as they are drawn, or from a file."""

from pathlib import Path
from typing import Any

import av
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from PIL import Image, ImageOps

from studio.film.orders import FilmError
from studio.film.reel.reading import frames_at, open_video, shape_of

POSTER_SIDE = 1280  # pixels, the longest side
THUMB_SIDE = 480
PREVIEW_SIDE = 360
PREVIEW_FRAMES = 16
PREVIEW_BEAT = 140  # milliseconds a frame
POSTER_AT = 0.62  # of the length: past the title
MAX_PICTURE = 40_000_000  # pixels of a still picture; larger ones are not decoded
TURNS = {1: Image.Transpose.ROTATE_90, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_270}
Shape = tuple[int, int, int]  # see reading.shape_of


def poster_image(frame: av.VideoFrame, shape: Shape | None = None) -> Image.Image:
    return _image(frame, POSTER_SIDE, VideoReformatter(), shape)


def preview_times(duration: float) -> list[float]:
    """Seconds of the frames of a preview, spread over the clip."""
    return [duration * (index + 0.5) / PREVIEW_FRAMES for index in range(PREVIEW_FRAMES)]


def save_poster(image: Image.Image, folder: Path) -> None:
    image.save(folder / "poster.jpg", quality=84, progressive=True)


class Preview:
    """Collects small frames and writes them as one animated WebP."""

    def __init__(self) -> None:
        self._images: list[Image.Image] = []
        self._reformatter = VideoReformatter()

    def add(self, frame: av.VideoFrame, shape: Shape | None = None) -> None:
        self._images.append(_image(frame, PREVIEW_SIDE, self._reformatter, shape))

    def save(self, folder: Path) -> None:
        first, *rest = self._images
        first.save(
            folder / "preview.webp",
            save_all=True,
            append_images=rest,
            duration=PREVIEW_BEAT,
            loop=0,
            quality=55,
            method=0,
        )


def stills_of(path: Path, folder: Path) -> None:
    """Poster, thumb and preview of a file, upright and with square pixels."""
    posters: list[Image.Image] = []
    preview = Preview()
    shares = sorted([POSTER_AT, *preview_times(1.0)])
    with open_video(path) as video:
        shape = shape_of(video.stream)
        for share, frame in zip(shares, frames_at(video, shares), strict=False):
            if share == POSTER_AT or not posters:
                posters.append(poster_image(frame, shape))
            if share != POSTER_AT:
                preview.add(frame, shape)
    if not posters:
        raise FilmError("No picture could be read from the video.")
    save_poster(posters[-1], folder)
    _save_thumb(posters[-1], folder)
    preview.save(folder)


def picture_of(path: Path, folder: Path) -> dict[str, Any]:
    """Poster and thumb of a still picture, which is decoded to its end. Raises FilmError where it cannot be."""
    try:
        with Image.open(path, formats=("JPEG", "PNG", "WEBP", "GIF")) as opened:
            if opened.width * opened.height > MAX_PICTURE:
                raise FilmError("The picture is too large to be shown.")
            poster = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise FilmError("The picture is damaged, or cut short.") from None
    size = {"width": poster.width, "height": poster.height}
    poster.thumbnail((POSTER_SIDE, POSTER_SIDE))
    save_poster(poster, folder)
    _save_thumb(poster, folder)
    return size


def _save_thumb(poster: Image.Image, folder: Path) -> None:
    small = poster.copy()
    small.thumbnail((THUMB_SIDE, THUMB_SIDE))
    small.save(folder / "thumb.jpg", quality=80, progressive=True)


def _image(
    frame: av.VideoFrame, longest: int, reformatter: VideoReformatter, shape: Shape | None
) -> Image.Image:
    """At most ``longest`` pixels wide or high. Without ``shape`` the frame is upright, and its pixels square."""
    width, height, turns = shape or (frame.width, frame.height, 0)
    scale = min(1.0, longest / max(width, height))
    wide, high = (max(2, round(side * scale / 2) * 2) for side in (width, height))
    if turns % 2:
        wide, high = high, wide
    rgb = reformatter.reformat(
        frame,
        wide,
        high,
        "rgb24",
        src_colorspace=Colorspace.ITU709 if frame.height >= 720 or frame.colorspace == 1 else None,
        dst_color_range=ColorRange.JPEG,
        interpolation="AREA",
    )
    image: Image.Image = rgb.to_image()
    return image.transpose(TURNS[turns]) if turns else image
