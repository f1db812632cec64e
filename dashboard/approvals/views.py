"""The queue of requests that need approval, and the decisions."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from dashboard.access import manager_required
from dashboard.approvals import queue
from dashboard.budgets.forms import Credits
from dashboard.shared.change_messages import change_message
from dashboard.shared.requests import MemberRequest
from studio.credits import budget_changes
from studio.credits.models import BudgetRequest
from studio.jobs.lifecycle import approvals
from studio.jobs.lifecycle.moving import Moved
from studio.jobs.models import Approval

DECIDED = "Nothing changed: it was already decided or withdrawn."


@require_safe
def approval_list(request: MemberRequest) -> HttpResponse:
    user = request.user
    context = {
        "asked": list(queue.asked(user)),
        "wishes": list(queue.wishes(user)),
        "decided": queue.decided(user),
        "answered": queue.answered(user),
    }
    return render(request, "approvals/list.html", context)


class Decision(forms.Form):
    """``verdict`` is the value of the pressed button."""

    verdict = forms.ChoiceField(choices=[("yes", "Approve"), ("no", "Decline")])
    note = forms.CharField(max_length=1_000, required=False)


class Answer(Decision):
    credits = Credits(required=False)


@require_POST
@manager_required
def approval_decide(request: MemberRequest, approval_id: int) -> HttpResponse:
    approval = get_object_or_404(Approval.objects.select_related("owner"), pk=approval_id)
    if not approvals.may_decide(approval, request.user):
        raise Http404("You cannot decide on your own request.")
    form = Decision(request.POST)
    if not form.is_valid():
        messages.error(
            request, "Nothing changed: choose Approve or Decline. A note can have up to 1,000 characters."
        )
        return redirect("dashboard:approval-list")
    is_yes, note = form.cleaned_data["verdict"] == "yes", form.cleaned_data["note"]
    decide = approvals.approve if is_yes else approvals.decline
    whose = "your" if approval.owner == request.user else f"{approval.owner}’s"
    said = f"Approved: {whose} request is queued." if is_yes else "Declined. Nothing is sent."
    return _decided(request, lambda: decide(approval, request.user, note), said)


@require_POST
@manager_required
def budget_decide(request: MemberRequest, request_id: int) -> HttpResponse:
    others = BudgetRequest.objects.exclude(person=request.user).select_related("person", "budget")
    asked = get_object_or_404(others, pk=request_id)
    form = Answer(request.POST)
    if not form.is_valid() or (form.cleaned_data["verdict"] == "yes" and not form.cleaned_data["credits"]):
        messages.error(request, "Nothing changed: enter the credits as a whole number.")
        return redirect("dashboard:approval-list")
    granted = form.cleaned_data["credits"] if form.cleaned_data["verdict"] == "yes" else 0

    def answer() -> None:
        if not budget_changes.answer(asked, granted, by=request.user, words=form.cleaned_data["note"]):
            raise Moved(DECIDED)

    said = (
        f"{asked.person} has {granted:,} more credits." if granted else "Declined. The budget is unchanged."
    )
    return _decided(request, answer, said)


def _decided(request: MemberRequest, decide: Callable[[], None], said: str) -> HttpResponse:
    with change_message(request, said, DECIDED):
        decide()
    return redirect("dashboard:approval-list")
