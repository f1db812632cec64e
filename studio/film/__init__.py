"""Moving pictures, in a child process: draw a clip, probe one, make its poster, its preview and its proxy.

Only the child imports the video library; a hostile file, a crash or a limit there ends the child, never us.
"""

from studio.film.calls import picture, probe, proxy, render, stills
from studio.film.child import Interrupted, end_all
from studio.film.orders import FilmError, Picture, Probe, Proxy, Rendered, RenderSpec, Stills

__all__ = [
    "FilmError",
    "Interrupted",
    "Picture",
    "Probe",
    "Proxy",
    "RenderSpec",
    "Rendered",
    "Stills",
    "end_all",
    "picture",
    "probe",
    "proxy",
    "render",
    "stills",
]
