"""Default headers of every response: caching, browser features, embedding."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

type GetResponse = Callable[[HttpRequest], HttpResponseBase]

NOT_STORED = "private, no-store"
# Browser features that no page uses. Passkeys, full screen and the clipboard keep their defaults.
UNUSED = (
    *("camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone", "midi"),
    *("accelerometer", "payment", "usb"),
)
PERMISSIONS = ", ".join(f"{feature}=()" for feature in UNUSED)


def safe_defaults(get_response: GetResponse) -> GetResponse:
    """Adds headers that the view did not set. Static files, media and the API document set their own caching.

    Pages show prompts, prices and people, so neither a shared cache nor a browser's disk cache may store them.
    """

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", NOT_STORED)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response

    return answered
