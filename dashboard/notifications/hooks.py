"""Webhooks: personal ones, and those of the team, which admins manage."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.access import admin_required, maker_required
from dashboard.notifications.forms import HookForm, KindsForm
from dashboard.shared.confirmation import Confirmation, ask
from dashboard.shared.requests import MemberRequest
from studio.catalog import hooks
from studio.core.errors import UserFacingError
from studio.notify.kinds import Kind
from studio.notify.models import Format, Hook
from studio.notify.outbox import send_sample
from studio.team.models import Member


@require_safe
@admin_required
def team_hooks(request: MemberRequest) -> HttpResponse:
    return render(request, "notifications/team.html", {"hooks": Hook.objects.of_team()})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("url")
def hook_add(request: MemberRequest) -> HttpResponse:
    return _add(request, request.user)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
@never_cache
@sensitive_post_parameters("url")
def team_hook_add(request: MemberRequest) -> HttpResponse:
    return _add(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def hook_edit(request: MemberRequest, hook_id: int) -> HttpResponse:
    hook = _own(request, hook_id)
    form = KindsForm(_kinds(hook), request.POST or None, initial={"kinds": hook.kinds})
    if form.is_valid():
        hooks.change(hook, form.cleaned_data["kinds"], by=request.user)
        messages.success(request, f"{hook} saved.")
        return _back_to(hook)
    context = {"form": form, "hook": hook}
    return render(request, "notifications/hook_edit.html", context, status=422 if form.is_bound else 200)


@require_POST
def hook_test(request: MemberRequest, hook_id: int) -> HttpResponse:
    send_sample(_own(request, hook_id))
    messages.success(request, "Test sent. Its status is shown here.")
    return redirect("dashboard:delivery-list")


@require_POST
@never_cache
@sensitive_variables("secret")
def hook_rotate(request: MemberRequest, hook_id: int) -> HttpResponse:
    hook = _own(request, hook_id)
    if not hook.is_signed:
        raise Http404("This webhook is not signed.")
    try:
        secret = hooks.rotate(hook, by=request.user)
    except UserFacingError as error:
        messages.error(request, error.sentence)
        return _back_to(hook)
    return render(request, "notifications/hook_secret.html", {"hook": hook, "secret": secret})


@require_http_methods(["GET", "HEAD", "POST"])
@maker_required
@never_cache
@sensitive_variables("secret")
def request_secret(request: MemberRequest) -> HttpResponse:
    """Create the secret for the ``webhook_url`` of the person's API requests; replacing one needs confirmation."""
    if request.method != "POST":
        return ask(request, _replacing())
    try:
        secret = hooks.new_request_secret(request.user, by=request.user)
    except UserFacingError as error:
        messages.error(request, error.sentence)
        return redirect("dashboard:notification-settings")
    return render(request, "notifications/request_secret.html", {"secret": secret})


def _replacing() -> Confirmation:
    return Confirmation(
        title="Create a new secret for webhooks of API requests?",
        text=(
            "It replaces the old secret immediately. Programs reject webhooks until you give them the new secret,"
            " which is shown once."
        ),
        button="Create new secret",
        back=reverse("dashboard:notification-settings"),
    )


@require_POST
def hook_remove(request: MemberRequest, hook_id: int) -> HttpResponse:
    hook = _own(request, hook_id)
    hooks.remove(hook, by=request.user)
    messages.success(request, f"{hook} removed.")
    return _back_to(hook)


@sensitive_variables("secret")
def _add(request: MemberRequest, person: Member | None) -> HttpResponse:
    """Add a webhook, for the team if ``person`` is None. Only the answering page shows the secret."""
    form = HookForm(person, request.POST or None)
    if form.is_valid():
        try:
            hook, secret = hooks.add(person, **form.cleaned_data, by=request.user)
        except UserFacingError as refusal:
            form.add_error("url", refusal.sentence)
        else:
            if hook.is_signed:
                return render(request, "notifications/hook_secret.html", {"hook": hook, "secret": secret})
            messages.success(request, f"{hook} added. Send a test to check it.")
            return _back_to(hook)
    context = {"form": form, "is_team": person is None}
    return render(request, "notifications/hook_add.html", context, status=422 if form.is_bound else 200)


def _kinds(hook: Hook) -> list[Kind]:
    """What can be told there."""
    concerning = Kind.of(hook.person) if hook.person else Kind
    return [kind for kind in concerning if kind in Format(hook.format).kinds]


def _own(request: MemberRequest, hook_id: int) -> Hook:
    """The person's own; an admin's, too, when it is the team's. Others get 404."""
    hook = get_object_or_404(Hook.objects.listed(), pk=hook_id)
    if hook.person_id != request.user.pk and not (hook.person_id is None and request.user.is_admin):
        raise Http404
    return hook


def _back_to(hook: Hook) -> HttpResponse:
    return redirect("dashboard:notification-settings" if hook.person_id else "dashboard:team-hooks")
