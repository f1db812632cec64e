"""Who works here: invite, deactivate, help somebody back in. For admins."""

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dashboard.access import admin_required
from dashboard.people.forms import InvitationForm
from studio.team.errors import NotAllowed
from studio.team.models import Invitation, Member, OneTimeLink, SignInLink


def _address(request: HttpRequest, link: OneTimeLink) -> str:
    """A whole address to copy. Behind a proxy only the settings know how the outside sees us."""
    path = link.get_absolute_url()
    return urljoin(settings.PUBLIC_URL, path) if settings.HTTPS else request.build_absolute_uri(path)


def _page(request: HttpRequest, status: int = 200, **extra: Any) -> HttpResponse:
    context = {
        "members": Member.objects.order_by("-is_active", "email"),
        "invitations": Invitation.objects.open().select_related("invited_by"),
        "form": InvitationForm(),
        **extra,
    }
    return render(request, "people/list.html", context, status=status)


@require_safe
@admin_required
def people_list(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@admin_required
@never_cache
def invitation_create(request: HttpRequest) -> HttpResponse:
    """Answers with the page itself, not a redirect: the link is on it, once, and stored nowhere."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _page(request, 422, form=form)
    invitation = Invitation.objects.issue(invited_by=request.user, **form.cleaned_data)
    return _page(request, invitation=invitation, link=_address(request, invitation))


@require_POST
@admin_required
def invitation_withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    get_object_or_404(Invitation.objects.open(), pk=invitation_id).delete()
    messages.success(request, "The invitation is withdrawn; its link lets nobody in any more.")
    return redirect("dashboard:people-list")


@require_POST
@admin_required
def member_deactivate(request: HttpRequest, member_id: int) -> HttpResponse:
    member = get_object_or_404(Member, pk=member_id)
    try:
        member.deactivate(by=request.user)
    except NotAllowed as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"{member} can no longer sign in.")
    return redirect("dashboard:people-list")


@require_POST
@admin_required
def member_reactivate(request: HttpRequest, member_id: int) -> HttpResponse:
    member = get_object_or_404(Member, pk=member_id)
    member.reactivate()
    messages.success(request, f"{member} can sign in again.")
    return redirect("dashboard:people-list")


@require_POST
@admin_required
@never_cache
def member_link(request: HttpRequest, member_id: int) -> HttpResponse:
    """A sign-in link for somebody who lost the password. Shown once, like an invitation's."""
    member = get_object_or_404(Member, pk=member_id, is_active=True)
    link = SignInLink.objects.issue(member=member)
    return _page(request, link_for=member, link=_address(request, link))
