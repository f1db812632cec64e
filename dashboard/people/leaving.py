"""Deactivating a person: reassign or cancel their clips, then end their access."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from dashboard.access import admin_required
from dashboard.people.forms import DeactivationForm
from dashboard.people.words import Fate, load_phrase
from dashboard.shared.requests import MemberRequest
from studio.audit.log import record
from studio.core.errors import UserFacingError
from studio.jobs.handover import cancel_waiting, hand_over, workload
from studio.jobs.money import token_budgets
from studio.team.models import Member


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def member_deactivate(request: MemberRequest, member_id: int) -> HttpResponse:
    """The confirmation before a person is deactivated."""
    leaving = get_object_or_404(Member, pk=member_id, is_active=True)
    load = workload(leaving)
    posted = request.POST if request.method == "POST" else None
    form = DeactivationForm(posted, leaving=leaving, by=request.user, load=load)
    if form.is_valid():
        return _deactivate(request, leaving, form)
    context = {"leaving": leaving, "load": load, "clips": load_phrase(load), "form": form}
    return render(request, "people/deactivate.html", context, status=422 if form.is_bound else 200)


def _deactivate(request: MemberRequest, leaving: Member, form: DeactivationForm) -> HttpResponse:
    try:
        with transaction.atomic():
            leaving.deactivate(by=request.user)
            token_budgets.lock(leaving.tokens.active())
            became = _provide(leaving, form, request.user)
            token_budgets.revoke_all(leaving, by=request.user)
            record("member.deactivated", by=request.user, about=f"member:{leaving.pk}")
    except UserFacingError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"{leaving} can no longer sign in. {became}".strip())
    return redirect("dashboard:people-list")


def _provide(leaving: Member, form: DeactivationForm, by: Member) -> str:
    """What happened to the clips, as a sentence; "" if nothing did."""
    if form.fate in (Fate.UNFINISHED, Fate.EVERYTHING):
        to = form.cleaned_data["to"]
        count = hand_over(leaving, to, by=by, everything=form.fate == Fate.EVERYTHING)
        record("clips.handed_over", by=by, about=f"member:{leaving.pk}", to=to.pk, clips=count)
        return f"{_clips(count)} reassigned to {'you' if to == by else to}."
    if form.fate == Fate.CANCEL:
        count = cancel_waiting(leaving, by=by)
        record("clips.cancelled", by=by, about=f"member:{leaving.pk}", clips=count)
        return f"{_clips(count)} cancelled."
    return ""


def _clips(count: int) -> str:
    return "1 clip was" if count == 1 else f"{count:,} clips were"
