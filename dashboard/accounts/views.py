"""Coming in by a link, resetting a password, and one's own profile."""

from allauth.account.utils import perform_login
from allauth.account.views import password_reset as allauth_password_reset
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dashboard.accounts.forms import JoinForm, ProfileForm
from dashboard.shared.requests import MemberRequest
from studio.audit.log import record
from studio.team.errors import LinkRefused
from studio.team.models import Invitation, Member, SignInLink


def _is_preloading(request: HttpRequest) -> bool:
    """A browser that fetches ahead of a click must not use up a link."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return "prefetch" in purpose.lower()


@login_not_required
@require_http_methods(["GET"])  # no HEAD: link checkers send it
@never_cache
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    if _is_preloading(request):
        return HttpResponse("This link opens with a click only.", status=503, content_type="text/plain")
    try:
        member = SignInLink.consume(token)
    except LinkRefused as refusal:
        return render(request, "accounts/welcome_refused.html", {"sentence": refusal.sentence}, status=410)
    response = _let_in(request, member, "link")
    if request.user.is_authenticated and not member.has_usable_password():
        messages.info(request, "You are in. Set a password on your profile to come back without a link.")
    return response


def _let_in(request: HttpRequest, member: Member, came_by: str) -> HttpResponse:
    """As after a password: who has a second factor is asked for it first."""
    if request.user.is_authenticated:
        logout(request)
    response: HttpResponse = perform_login(request, member, signal_kwargs={"came_by": came_by})
    return response


@login_not_required
@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters("password")
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    try:
        invitation = Invitation.objects.select_related("invited_by").with_token(token)
        if request.user.is_authenticated:
            return render(request, "accounts/invitation_signed_in.html", {"invitation": invitation})
        form = JoinForm(request.POST or None, initial={"email": invitation.email})
        if form.is_valid():
            return _let_in(request, _joined(invitation, form), "invitation")
    except LinkRefused as refusal:
        return render(request, "accounts/invitation_refused.html", {"sentence": refusal.sentence}, status=410)
    context = {"invitation": invitation, "form": form}
    return render(request, "accounts/invitation_accept.html", context, status=422 if form.is_bound else 200)


@transaction.atomic
def _joined(invitation: Invitation, form: JoinForm) -> Member:
    member = invitation.accept(**form.cleaned_data)
    record("invitation.accepted", by=member, about=f"invitation:{invitation.pk}", role=member.role)
    return member


@login_not_required
@require_http_methods(["GET", "POST"])
def password_reset(request: HttpRequest) -> HttpResponseBase:
    if not settings.MAILERS:
        return render(request, "accounts/password_reset_without_mail.html")
    return allauth_password_reset(request)


@require_http_methods(["GET", "POST"])
def profile(request: MemberRequest) -> HttpResponse:
    # A copy, so that a refused form does not show up in the page's header.
    form = ProfileForm(request.POST or None, instance=Member.objects.get(pk=request.user.pk))
    if form.is_valid():
        form.save()
        messages.success(request, "Your profile is saved.")
        return redirect("dashboard:profile")
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.is_bound else 200)
