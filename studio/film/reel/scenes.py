"""The scenes by the names that ``casting`` chooses from."""

from collections.abc import Callable

from studio.film.reel.aurora import Aurora
from studio.film.reel.city import City
from studio.film.reel.forest import Forest
from studio.film.reel.land import Desert, Mountains
from studio.film.reel.sea import Sea
from studio.film.reel.silk import Silk
from studio.film.reel.space import Space
from studio.film.reel.stage import Scene, Stage

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
