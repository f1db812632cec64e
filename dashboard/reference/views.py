"""The API reference page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.reference.reading import Reference
from studio.gateway.openapi.document import document, origin_of


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    found = Reference(document(origin_of(request)))
    return render(request, "reference/page.html", {"reference": found})
