"""Words in the picture: the prompt as a discreet title, and the mark that says where the clip is from."""

import textwrap
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from studio.film.reel.drawing.picture import Floats, Layer, Picture

MARK = "sandbox"
LONGEST = 90  # characters of a prompt that make a title
FADE = 0.8  # seconds


class Titles:
    """The title comes and goes in the first half, so that the rest is picture; the mark stays."""

    def __init__(self, prompt: str, width: int, height: int, seconds: float) -> None:
        self._unit = min(width, height)
        self._margin = round(self._unit * 0.045)
        self._height, self._width = height, width
        self._span = (0.4, max(2.0, seconds * 0.5))
        text = title(prompt)
        self._title = (
            Layer(_lettering(text, round(self._unit * 0.036), width - 2 * self._margin)) if text else None
        )
        self._mark = Layer(_pill(MARK, max(11, round(self._unit * 0.02))))

    def paint(self, on: Picture, t: float) -> None:
        inset = round(self._unit * 0.03)
        self._mark.paint(on, self._width - self._mark.width - inset, inset)
        if self._title:
            start, end = self._span
            opacity = min((t - start) / FADE, (end - t) / FADE)
            self._title.paint(on, self._margin, self._height - self._margin - self._title.height, opacity)


def title(prompt: str) -> str:
    """The prompt's first sentence, without the words that steer the sandbox, cut at a word."""
    words = [word for word in prompt.split() if not word.startswith("[sandbox:")]
    text = textwrap.shorten(" ".join(words), LONGEST, placeholder="…") if words else ""
    return text[:1].upper() + text[1:]


def _font(size: int, weight: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Roboto from its package, which has the accents; Pillow's own font where it is absent."""
    spec = find_spec("fontpkg_roboto")
    if spec is None or spec.origin is None:
        return ImageFont.load_default(size)
    font = ImageFont.truetype(str(Path(spec.origin).parent / "files" / "Roboto[wdth,wght].ttf"), size)
    font.set_variation_by_axes([weight, 100])
    return font


def _lettering(text: str, size: int, room: int) -> Floats:
    """White letters over a soft shadow, on as many lines as ``room`` pixels of width need."""
    font = _font(size, 450)
    per_line = max(12, round(room / (size * 0.52)))
    lines = "\n".join(textwrap.wrap(text, per_line)[:3])
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    _, _, right, bottom = pen.multiline_textbbox((0, 0), lines, font=font, spacing=size * 0.3)
    pad = size
    sheet = Image.new("L", (round(right) + 2 * pad, round(bottom) + pad), 0)
    ImageDraw.Draw(sheet).multiline_text((pad, pad // 2), lines, 255, font=font, spacing=size * 0.3)
    letters = np.asarray(sheet, np.float32) / 255
    shadow = np.asarray(sheet.filter(ImageFilter.GaussianBlur(size * 0.28)), np.float32) / 255
    alpha = np.maximum(letters * 0.94, np.clip(shadow * 1.1, 0, 0.5))
    rgba = np.empty((*letters.shape, 4), np.float32)
    rgba[..., :3] = (255 * letters / np.maximum(alpha, 1e-3)).clip(0, 255)[..., None]
    rgba[..., 3] = alpha
    return rgba[:, pad - 2 * (pad // 4) :]


def _pill(text: str, size: int) -> Floats:
    font = _font(size, 500)
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = (round(edge) for edge in pen.textbbox((0, 0), text, font=font))
    wide, tall = right - left + round(size * 1.3), round(size * 1.75)
    plate = Image.new("L", (wide * 4, tall * 4), 0)
    ImageDraw.Draw(plate).rounded_rectangle((0, 0, wide * 4 - 1, tall * 4 - 1), tall * 2, fill=255)
    plate = plate.resize((wide, tall), Image.Resampling.BOX)
    letters = Image.new("L", (wide, tall), 0)
    middle = (round(size * 0.65) - left, (tall - (bottom - top)) // 2 - top)
    ImageDraw.Draw(letters).text(middle, text, 255, font=font)
    ink = np.asarray(letters, np.float32) / 255 * 0.92
    ground = np.asarray(plate, np.float32) / 255 * 0.38
    alpha = ink + ground * (1 - ink)
    rgba = np.empty((tall, wide, 4), np.float32)
    rgba[..., :3] = (255 * ink / np.maximum(alpha, 1e-3))[..., None]
    rgba[..., 3] = alpha
    return rgba
