"""Invite people, change roles, help people sign in again. For admins."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.access import admin_required
from dashboard.people.forms import InvitationForm, RoleForm
from dashboard.people.mail import MailFailed, send_invitation
from dashboard.shared.requests import MemberRequest
from studio.audit.log import record
from studio.core.errors import UserFacingError
from studio.team import second_factor
from studio.team.models import Invitation, Member, SignInLink
from studio.team.sessions import shared_address
from studio.tokens.models import Token


def _address(request: MemberRequest, link: Invitation | SignInLink) -> str:
    """A full URL to copy. Behind a proxy, only the settings know the public address."""
    path = link.get_absolute_url()
    return urljoin(settings.PUBLIC_URL, path) if settings.HTTPS else request.build_absolute_uri(path)


def _page(request: MemberRequest, status: int = 200, **extra: Any) -> HttpResponse:
    context = {
        "members": Member.objects.order_by("-is_active", "email"),
        "invitations": Invitation.objects.open().select_related("invited_by"),
        "tokens": Token.objects.active().select_related("owner").order_by("owner__email", "-pk"),
        "form": InvitationForm(),
        "shared_address": _shared_address(request),
        **extra,
    }
    return render(request, "people/list.html", context, status=status)


def _shared_address(request: MemberRequest) -> str:
    """The address that all members signed in from, unless it is this machine."""
    address = shared_address()
    is_here = bool(address) and ip_address(address).is_loopback and "X-Forwarded-For" not in request.headers
    return "" if is_here else address


@require_safe
@admin_required
def people_list(request: MemberRequest) -> HttpResponse:
    return _page(request)


@require_POST
@admin_required
@never_cache
def invitation_create(request: MemberRequest) -> HttpResponse:
    """Answers with the page, not a redirect: the page shows the link once, and the link is not stored."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _page(request, 422, form=form)
    with transaction.atomic():
        invitation = form.issue(by=request.user)
        told = {"role": invitation.role, "email": invitation.email, "until": invitation.expires_at}
        record("invitation.issued", by=request.user, about=f"invitation:{invitation.pk}", **told)
    link = _address(request, invitation)
    return _page(request, invitation=invitation, link=link, sent=_sent(form, invitation, link))


def _sent(form: InvitationForm, invitation: Invitation, link: str) -> str | MailFailed | None:
    """Where the email went, or why it failed; None if none was requested. The invitation is committed."""
    if not form.cleaned_data.get("send"):
        return None
    try:
        send_invitation(invitation, link)
    except MailFailed as failure:
        return failure
    return invitation.email


@require_POST
@admin_required
def invitation_withdraw(request: MemberRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.open(), pk=invitation_id)
    with transaction.atomic():
        invitation.delete()
        record("invitation.withdrawn", by=request.user, about=f"invitation:{invitation_id}")
    messages.success(request, "Invitation withdrawn. Its link no longer works.")
    return redirect("dashboard:people-list")


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def member_edit(request: MemberRequest, member_id: int) -> HttpResponse:
    member = get_object_or_404(Member, pk=member_id, is_active=True)
    form = RoleForm(request.POST if request.method == "POST" else None, initial={"role": member.role})
    if form.is_valid():
        return _change_role(request, member, form.cleaned_data["role"])
    context = {"member": member, "form": form, "has_second_factor": second_factor.has_one(member)}
    return render(request, "people/edit.html", context, status=422 if form.is_bound else 200)


def _change_role(request: MemberRequest, member: Member, role: str) -> HttpResponse:
    before = member.role
    try:
        with transaction.atomic():
            member.change_role(role, by=request.user)
            record("role.changed", by=request.user, about=f"member:{member.pk}", before=before, after=role)
    except UserFacingError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"{member} is now {member.get_role_display().lower()}.")
    return redirect("dashboard:people-list")


@require_POST
@admin_required
def member_factor_forget(request: MemberRequest, member_id: int) -> HttpResponse:
    """For a person who lost the device. For one's own account this needs the code, on the security page."""
    member = get_object_or_404(Member.objects.exclude(pk=request.user.pk), pk=member_id)
    with transaction.atomic():
        if second_factor.forget(member):
            record("second_factor.forgotten", by=request.user, about=f"member:{member.pk}")
    messages.success(request, f"{member} can now sign in without a second factor and set up a new one.")
    return redirect("dashboard:member-edit", member_id=member.pk)


@require_POST
@admin_required
def member_reactivate(request: MemberRequest, member_id: int) -> HttpResponse:
    member = get_object_or_404(Member, pk=member_id)
    with transaction.atomic():
        member.reactivate()
        record("member.reactivated", by=request.user, about=f"member:{member.pk}")
    messages.success(request, f"{member} can sign in again.")
    return redirect("dashboard:people-list")


@require_POST
@admin_required
@never_cache
def member_link(request: MemberRequest, member_id: int) -> HttpResponse:
    """A sign-in link for a person who lost the password. Shown once, like an invitation."""
    member = get_object_or_404(Member, pk=member_id, is_active=True)
    with transaction.atomic():
        link = SignInLink.objects.issue(member=member)
        record("signin_link.issued", by=request.user, about=f"member:{member.pk}")
    return _page(request, link_for=member, link=_address(request, link))
