"""The RSGI application: reads requests, passes them to the WSGI application, and sends the answers."""

import asyncio
import errno
import logging
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from studio.front.bodies import Bodies, ClientGone
from studio.front.calling import Application, Calls
from studio.front.environ import Environ, environ_of
from studio.front.refusals import Refused
from studio.front.replies import Headers, Reply
from studio.front.threads import Threads

log = logging.getLogger(__name__)

LIVENESS = ("/healthz", "/health/live")
STUCK_AFTER = 60.0  # seconds without a finished request while others wait: a restart is better
MOST_WAITING = 2_000  # requests per process that wait for a thread; each open tab has at most one
SHORT: Headers = [("cache-control", "no-store"), ("content-type", "text/plain")]
ALIVE = Reply(HTTPStatus.OK, SHORT, b"ok")
STUCK = Reply(HTTPStatus.SERVICE_UNAVAILABLE, SHORT, b"no request is being finished")
FAULT = Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here. It was written to the log.")
NO_ROOM = Refused(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The disk of the server is full. An admin has to make room.",
    retry_after=60,
)

type Quick = Callable[[Environ], tuple[int, Headers, bytes] | None]


class Front:
    """Serves ``application``, a WSGI application, in ``threads`` threads.

    ``quick`` answers some requests on the event loop, without waiting, and returns None for others. ``limit`` returns
    the maximum body size in bytes for the sender of a request; it runs in a thread. Large bodies and answers are
    written to unnamed files in ``folder``.
    """

    def __init__(
        self,
        application: Application,
        *,
        threads: int,
        folder: Path,
        quick: Quick,
        limit: Callable[[Environ], int],
    ) -> None:
        self._threads = Threads(threads, MOST_WAITING)
        self._calls = Calls(application, folder, max(1, threads // 2))
        self._bodies = Bodies(lambda environ: self._threads.run(limit, environ), folder)
        self._quick = quick

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        try:
            reply = await self._reply(scope, protocol)
        except Refused as refused:
            reply = refused.reply(scope.path)
        except ClientGone:
            return
        except Exception as error:
            log.exception("%s %s failed", scope.method, scope.path)
            is_full = isinstance(error, OSError) and error.errno == errno.ENOSPC
            reply = (NO_ROOM if is_full else FAULT).reply(scope.path)
        reply.send(protocol, head=scope.method == "HEAD")

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._threads.stop()

    async def _reply(self, scope: Any, protocol: Any) -> Reply:
        if scope.path in LIVENESS and scope.method in ("GET", "HEAD"):
            return ALIVE if self._threads.stuck_for() < STUCK_AFTER else STUCK
        environ = environ_of(scope)
        if found := self._quick(environ):
            return Reply(*found)
        body = await self._bodies.read(environ, protocol)
        try:
            environ["wsgi.input"] = body.open()
            return await self._threads.run(self._calls.call, environ)
        finally:
            body.close()
