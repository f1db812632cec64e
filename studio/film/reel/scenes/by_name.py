"""The scenes by the names that ``casting`` chooses from."""

from collections.abc import Callable

from studio.film.reel.drawing.stage import Scene, Stage
from studio.film.reel.scenes.aurora import Aurora
from studio.film.reel.scenes.city import City
from studio.film.reel.scenes.forest import Forest
from studio.film.reel.scenes.land import Desert, Mountains
from studio.film.reel.scenes.sea import Sea
from studio.film.reel.scenes.silk import Silk
from studio.film.reel.scenes.space import Space

SCENES: dict[str, Callable[[Stage], Scene]] = {
    "aurora": Aurora,
    "city": City,
    "desert": Desert,
    "forest": Forest,
    "mountains": Mountains,
    "sea": Sea,
    "silk": Silk,
    "space": Space,
}
