"""Converts granian's request to a WSGI environ (PEP 3333)."""

import sys
from http import HTTPStatus
from typing import Any

from studio.front.refusals import Refused

type Environ = dict[str, Any]

BARE = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}  # names without HTTP_
NOT_THIS_HOST = "The address names another host than the Host header."
NO_ADDRESS = "The request names no address on this server."


def environ_of(scope: Any) -> Environ:
    """Everything except the body. Raises Refused (400) for a request with an ambiguous address or host."""
    if not scope.path.startswith("/"):
        raise Refused(HTTPStatus.BAD_REQUEST, NO_ADDRESS)
    server, _, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # Granian has decoded the percent signs as UTF-8; WSGI has each byte as one character.
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    _add_headers(environ, scope.headers.items())
    _check_host(environ, scope.authority)
    return environ


def _add_headers(environ: Environ, headers: list[tuple[str, str]]) -> None:
    for name, value in headers:
        if "_" in name:  # it would look like the same name with "-", which a proxy may have set
            continue
        key = BARE.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        if key in environ:
            if key == "HTTP_HOST":
                raise Refused(HTTPStatus.BAD_REQUEST, NOT_THIS_HOST)
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environ[key] = value


def _check_host(environ: Environ, authority: str | None) -> None:
    """``authority`` is set for an absolute address (``GET http://host/ HTTP/1.1``), else None."""
    if authority is not None and authority.lower() != environ.get("HTTP_HOST", "").lower():
        raise Refused(HTTPStatus.BAD_REQUEST, NOT_THIS_HOST)
