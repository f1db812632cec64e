"""What this person wants to be told, when not, and the webhooks of their own."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from dashboard.notifications.forms import ChoicesForm
from dashboard.shared.requests import MemberRequest
from studio.notify.choices import choose, keep_quiet
from studio.notify.models import Hook, RequestSecret
from studio.notify.telling import mail_is_offered


@require_http_methods(["GET", "HEAD", "POST"])
def notification_settings(request: MemberRequest) -> HttpResponse:
    form = ChoicesForm(request.user, request.POST or None)
    if form.is_valid():
        choose(request.user, form.wanted)
        keep_quiet(request.user, form.hours)
        messages.success(request, "Settings saved.")
        return redirect("dashboard:notification-settings")
    context = {
        "form": form,
        "hooks": Hook.objects.listed().filter(person=request.user),
        "request_secret": RequestSecret.objects.filter(pk=request.user.pk).first(),
        "mail_is_offered": mail_is_offered(),
        "time_zone": settings.TIME_ZONE,
    }
    return render(request, "notifications/settings.html", context, status=422 if form.is_bound else 200)
