"""The scenes by name."""

from collections.abc import Callable

from studio.film.reel.casting import SCENES as WORDS
from studio.film.reel.sea import Sea
from studio.film.reel.stage import Scene, Stage

SCENES: dict[str, Callable[[Stage], Scene]] = dict.fromkeys(WORDS, Sea)
