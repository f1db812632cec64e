"""What surrounds every call of the API: its address is tidied, browsers may be let in, and faults are JSON."""

import re
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from studio.gateway.answers import Problem

type Next = Callable[[HttpRequest], HttpResponseBase]

PREFIX = "/api/v1/"
_OURS = re.compile(r"/+api/")
METHODS = "GET, HEAD, POST"
MAY_SEND = "Authorization, Content-Type, Content-Encoding, Idempotency-Key"
MAY_READ = "Retry-After"
PREFLIGHT_SECONDS = 600  # so long a browser remembers the answer
NOT_BY_THIS_NAME = "This installation is not reached by this host. An admin can add it to ALLOWED_HOSTS."


def single_slashes(get_response: Next) -> Next:
    """``//api/v1/…`` is ``/api/v1/…``: the address of a client whose base URL ends with a slash."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        if "//" in request.path_info and _OURS.match(request.path_info):
            request.path_info = request.path = re.sub("/{2,}", "/", request.path_info)
        return get_response(request)

    return answered


def cors(get_response: Next) -> Next:
    """Lets pages of the origins in API_CORS_ORIGINS call the API: with a token of theirs, never with our cookies."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        origins = settings.API_CORS_ORIGINS
        if not origins or not request.path_info.startswith(PREFIX):
            return get_response(request)
        allowed = _allowed(request.headers.get("Origin", ""), origins)
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = _preflight() if allowed and is_preflight else get_response(request)
        if allowed:
            response["Access-Control-Allow-Origin"] = allowed
            response["Access-Control-Expose-Headers"] = MAY_READ
        if "*" not in origins:
            patch_vary_headers(response, ["Origin"])
        return response

    return answered


def errors_in_json(get_response: Next) -> Next:
    """Django's own error pages, such as that for a host that is not allowed, are no answer to a script."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if response.status_code < 400 or not is_page or not request.path_info.startswith(PREFIX):
            return response
        sentence = (
            NOT_BY_THIS_NAME if response.status_code == 400 else HTTPStatus(response.status_code).phrase
        )
        return Problem(response.status_code, sentence).answer()

    return answered


def _allowed(origin: str, origins: list[str]) -> str:
    """What the answer says of the origin that asks; "" for one that is not let in."""
    if not origin:
        return ""
    return "*" if "*" in origins else origin if origin.lower() in origins else ""


def _preflight() -> HttpResponse:
    """Browsers ask this first, without the token."""
    return HttpResponse(
        status=204,
        headers={
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": MAY_SEND,
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        },
    )
