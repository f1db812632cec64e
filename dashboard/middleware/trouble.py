"""Error handling: 503 with a sentence while the database or the disk is unavailable, else the error page."""

import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.views.defaults import server_error

from studio.gateway.answers import Problem
from studio.gateway.middleware import PREFIX
from studio.gateway.outage import Outage, outage_of

PLAIN = "text/plain; charset=utf-8"


def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler500, for views and middleware. Needs neither database nor session."""
    outage = outage_of(sys.exception())
    return unavailable(request, outage) if outage else server_error(request)


def unavailable(request: HttpRequest, outage: Outage) -> HttpResponse:
    """JSON for API calls, plain text for htmx requests, else a page."""
    if request.path_info.startswith(PREFIX):
        return Problem.of_outage(outage).answer()
    if request.headers.get("HX-Request"):
        response = HttpResponse(outage.sentence, status=503, content_type=PLAIN)
    else:
        context = {"sentence": outage.sentence, "was_sent": request.method == "POST"}
        response = HttpResponse(get_template("503.html").render(context), status=503)
    response.headers["Retry-After"] = str(outage.retry_after)
    return response
