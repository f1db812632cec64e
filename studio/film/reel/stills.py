"""The poster and the moving preview: from the frames as they are drawn, or from a file."""

from pathlib import Path

import av
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from PIL import Image

from studio.film.orders import FilmError
from studio.film.reel.reading import frames_at, open_video

POSTER_SIDE = 1280  # pixels, the longest side
PREVIEW_SIDE = 360
PREVIEW_FRAMES = 16
PREVIEW_BEAT = 140  # milliseconds a frame
POSTER_AT = 0.62  # of the length: past the title


def poster_image(frame: av.VideoFrame) -> Image.Image:
    return _image(frame, POSTER_SIDE, VideoReformatter())


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

    def add(self, frame: av.VideoFrame) -> None:
        self._images.append(_image(frame, PREVIEW_SIDE, self._reformatter))

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


def poster_of(path: Path, folder: Path) -> None:
    with open_video(path) as video:
        frame = next(frames_at(video, [video.duration * POSTER_AT]), None)
        if frame is None:
            raise FilmError("No picture could be read from the video.")
        save_poster(poster_image(frame), folder)


def preview_of(path: Path, folder: Path) -> None:
    preview = Preview()
    with open_video(path) as video:
        for frame in frames_at(video, preview_times(video.duration)):
            preview.add(frame)
    if not preview._images:
        raise FilmError("No picture could be read from the video.")
    preview.save(folder)


def _image(frame: av.VideoFrame, longest: int, reformatter: VideoReformatter) -> Image.Image:
    scale = min(1.0, longest / max(frame.width, frame.height))
    width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
    rgb = reformatter.reformat(
        frame,
        width,
        height,
        "rgb24",
        src_colorspace=Colorspace.ITU709 if frame.height >= 720 or frame.colorspace == 1 else None,
        dst_color_range=ColorRange.JPEG,
        interpolation="AREA",
    )
    return rgb.to_image()
