"""Connections to studios: add, edit, test, pause. For admins.

Nothing here speaks to a studio: a test is asked for, and the worker does it.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.access import admin_required
from dashboard.connections.card import can_be_default, card
from dashboard.connections.forms import ConnectionForm
from dashboard.shared.requests import MemberRequest
from studio.catalog import register
from studio.catalog.connections import default_connection, has_key
from studio.catalog.models import Connection
from studio.core.errors import UserFacingError


@require_safe
@admin_required
def connection_list(request: MemberRequest) -> HttpResponse:
    default_connection()
    connections = Connection.objects.order_by("-is_default", "name", "pk")
    return render(request, "connections/list.html", {"cards": [card(each) for each in connections]})


@require_safe
@admin_required
def connection_card(request: MemberRequest, connection_id: int) -> HttpResponse:
    """The card of one connection, polled during a test."""
    connection = get_object_or_404(Connection, pk=connection_id)
    return render(request, "connections/card.html", {"card": card(connection)})


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
@sensitive_post_parameters("key")
def connection_add(request: MemberRequest) -> HttpResponse:
    form = ConnectionForm(request.POST or None)
    if form.is_valid():
        try:
            return _back_to(register.add(**form.cleaned_data, by=request.user))
        except UserFacingError as error:
            form.add_error("key", error.sentence)
    return render(request, "connections/add.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
@sensitive_post_parameters("key")
def connection_edit(request: MemberRequest, connection_id: int) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    form = ConnectionForm(request.POST or None, connection=connection)
    if form.is_valid():
        try:
            register.change(connection, **form.cleaned_data, by=request.user)
        except UserFacingError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{form.cleaned_data['name']} saved.")
            return _back_to(connection)
    context = {"form": form, "card": card(connection)}
    return render(request, "connections/edit.html", context, status=422 if form.is_bound else 200)


@require_POST
@admin_required
def connection_test(request: MemberRequest, connection_id: int) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    if has_key(connection):
        register.test(connection, request.user)
    return _back_to(connection)


@require_POST
@admin_required
def connection_default(request: MemberRequest, connection_id: int) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    if can_be_default(connection):
        register.choose_default(connection, request.user)
        messages.success(request, f"{connection} is now the default for new clips.")
    else:
        messages.error(request, f"{connection} cannot be the default.")
    return _back_to(connection)


@require_POST
@admin_required
def connection_pause(request: MemberRequest, connection_id: int) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    register.pause(connection, request.user)
    messages.success(request, f"{connection} paused. Clips in progress continue; no new clips are sent.")
    return _back_to(connection)


@require_POST
@admin_required
def connection_resume(request: MemberRequest, connection_id: int) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    register.resume(connection, request.user)
    messages.success(request, f"{connection} resumed.")
    return _back_to(connection)


@require_POST
@admin_required
def connection_remove(request: MemberRequest, connection_id: int) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=connection_id)
    try:
        register.remove(connection, request.user)
    except UserFacingError as refusal:
        messages.error(request, refusal.sentence)
        return redirect("dashboard:connection-edit", connection_id)
    messages.success(request, f"{connection} and its key removed.")
    return redirect("dashboard:connection-list")


def _back_to(connection: Connection) -> HttpResponse:
    return redirect(f"{reverse('dashboard:connection-list')}#connection-{connection.pk}")
