"""Moving pictures, in a child process: draw a clip, probe one, make its poster and its preview.

Only the child imports the video library; a hostile file, a crash or a limit there ends the child, never us.
"""

from studio.film.calls import picture, probe, render, stills
from studio.film.child import Interrupted, end_all
from studio.film.orders import FilmError, Picture, Probe, Rendered, RenderSpec, Stills

__all__ = [
    "FilmError",
    "Interrupted",
    "Picture",
    "Probe",
    "RenderSpec",
    "Rendered",
    "Stills",
    "end_all",
    "picture",
    "probe",
    "render",
    "stills",
]
