"""Still water in front of a scene: the picture itself, upside down, rippled and darkened."""

import numpy as np

from studio.film.reel.drawing.picture import Bytes, Floats, Picture
from studio.film.reel.drawing.stage import Stage


class Mirror:
    """Everything below row ``top`` becomes a reflection of what is above it. Paint it last."""

    def __init__(self, stage: Stage, top: float, tint: Floats, *, dim: float = 0.62) -> None:
        self._top = round(stage.height * top / 2) * 2
        depth = np.arange(stage.height - self._top, dtype=np.float32)
        self._depth = depth
        self._near = 1 + depth * 6 / stage.unit
        share = dim - 0.25 * depth / max(1, depth[-1])
        luma = float(tint @ np.array([0.2126, 0.7152, 0.0722], np.float32))
        lean = (float(tint[2]) - luma) * 0.473, (float(tint[0]) - luma) * 0.558
        self._weights = [self._row_weights(share, 16 + luma * 0.86)]
        self._weights += [self._row_weights(share[::2], 128 + part) for part in lean]

    def paint(self, on: Picture, t: float) -> None:
        wave = np.sin(self._depth * 0.5 / self._near - t * 3.1) + 0.6 * np.sin(self._depth * 0.23 + t * 2.0)
        rows = self._top - 1 - self._depth * 1.05 + wave * self._near * 1.5
        rows = np.clip(rows, 0, self._top - 1).astype(np.intp)
        for plane, weights, step in zip((on.y, on.u, on.v), self._weights, (1, 2, 2), strict=True):
            _reflect(plane, rows[::step] // step, self._top // step, weights)

    @staticmethod
    def _row_weights(share: Floats, toward: float) -> tuple[np.ndarray, np.ndarray]:
        kept = (share * 256).astype(np.uint16)[:, None]
        return kept, ((256 - kept) * np.uint16(round(toward))).astype(np.uint16)


def _reflect(plane: Bytes, rows: np.ndarray, top: int, weights: tuple[np.ndarray, np.ndarray]) -> None:
    kept, added = weights
    mixed = np.multiply(plane[rows], kept, dtype=np.uint16)
    mixed += added
    mixed >>= 8
    plane[top:] = mixed[: plane.shape[0] - top]
