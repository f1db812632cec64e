"""The address that tells whether the web server answers."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Touches neither session nor database: it says that this process serves, nothing else."""
    return HttpResponse("ok", content_type="text/plain")
