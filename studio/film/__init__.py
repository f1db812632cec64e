"""Video work in a child process: renders and probes clips, and makes posters, previews and proxies.

Only the child imports the video library. If a hostile file makes it crash or reach a limit, only the child ends.
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
