"""The size limit for a request body, decided before a large body is read."""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest
from django.db import Error, close_old_connections
from django.utils.module_loading import import_string

from studio.gateway import body, call
from studio.gateway.middleware import PREFIX

FORM = 1024 * 1024  # bytes; forms contain only text, no files


def most_bytes(environ: dict[str, Any]) -> int:
    """The limit for this request. 0 without a session or a valid token; the front accepts a few KB from anyone."""
    close_old_connections()
    try:
        request = WSGIRequest({**environ, "wsgi.input": BytesIO()})
        if request.path_info.startswith(PREFIX):
            return body.MOST_BYTES if call.has_token(request) else 0
        return FORM if _is_signed_in(request) else 0
    except Error:  # the sender is unknown: Django will report the outage
        return body.MOST_BYTES
    finally:
        close_old_connections()


def _is_signed_in(request: WSGIRequest) -> bool:
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    request.session = import_string(f"{settings.SESSION_ENGINE}.SessionStore")(key)
    return get_user(request).is_authenticated
