"""Budgets: everyone can see them; managers add, edit and end them."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.access import maker_required, manager_required
from dashboard.budgets.forms import AskForm, BudgetForm, LimitForm, RulesForm
from dashboard.shared.confirmation import Confirmation, ask
from dashboard.shared.query_reader import whole_number
from dashboard.shared.requests import MemberRequest
from studio.credits import budget_changes
from studio.credits.budgets import BudgetStatus, budget_status, limits
from studio.credits.models import Budget, BudgetRequest, SpendingRules
from studio.team.models import Member


@dataclass(frozen=True, slots=True)
class Card:
    """A budget as its card shows it. For one that applies to each person: the viewer's, and those of all others."""

    budget: Budget
    status: BudgetStatus
    can_ask: bool
    asked: BudgetRequest | None = None
    others: list[tuple[Member, BudgetStatus]] = field(default_factory=list)


def _cards(user: Member) -> list[Card]:
    budgets = Budget.objects.running().select_related("person", "project", "connection", "token__owner")
    people = list(Member.objects.filter(is_active=True).exclude(pk=user.pk))
    return [_card(budget, user, people) for budget in budgets]


def _card(budget: Budget, user: Member, people: list[Member]) -> Card:
    mine = budget_status(budget, user.pk)
    asked = BudgetRequest.objects.filter(budget=budget, person=user, decided_at=None)
    others = []
    if budget.scope == Budget.Scope.EACH:
        found = [(person, budget_status(budget, person.pk)) for person in people]
        others = sorted(
            (one for one in found if one[1].used or one[1].granted), key=lambda one: -one[1].percent
        )
    return Card(budget, mine, limits(budget, user.pk) and user.makes_clips, asked.first(), others)


@require_safe
def budget_list(request: MemberRequest) -> HttpResponse:
    return _list(request, RulesForm(initial={"approve_from": SpendingRules.current().approve_from}))


def _list(request: MemberRequest, rules: RulesForm, status: int = 200) -> HttpResponse:
    context = {
        "cards": _cards(request.user),
        "ended": Budget.objects.exclude(ended_at=None)
        .select_related("token__owner")
        .order_by("-ended_at")[:20],
        "rules": rules,
        "approve_from": SpendingRules.current().approve_from,
    }
    return render(request, "budgets/list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def budget_add(request: MemberRequest) -> HttpResponse:
    form = BudgetForm(request.POST or None, initial=_wish(request))
    if form.is_valid():
        budget = form.budget()
        budget_changes.save(budget, by=request.user)
        messages.success(request, f"Budget “{budget}” added.")
        return redirect("dashboard:budget-list")
    return render(request, "budgets/add.html", {"form": form}, status=422 if form.is_bound else 200)


def _wish(request: MemberRequest) -> dict[str, str]:
    """Links from a project or a person prefill the form: ``?scope=project&project=3``."""
    return {
        name: request.GET[name] for name in ("scope", "person", "project", "token") if name in request.GET
    }


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def budget_edit(request: MemberRequest, budget_id: int) -> HttpResponse:
    budget = get_object_or_404(Budget.objects.running(), pk=budget_id)
    form = LimitForm(request.POST or None, initial=LimitForm.terms_of(budget))
    if form.is_valid():
        budget_changes.save(form.apply_to(budget), by=request.user)
        messages.success(request, f"Budget “{budget}” updated.")
        return redirect("dashboard:budget-list")
    context = {"form": form, "budget": budget, "status": budget_status(budget, request.user.pk)}
    return render(request, "budgets/edit.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def budget_end(request: MemberRequest, budget_id: int) -> HttpResponse:
    budget = get_object_or_404(Budget, pk=budget_id)
    back = reverse("dashboard:budget-list")
    if request.method == "POST":
        budget_changes.end(budget, by=request.user)
        messages.success(request, f"Budget “{budget}” ended.")
        return redirect(back)
    confirmation = Confirmation(
        title=f"End the budget “{budget}”?",
        text="It stops limiting spending. Past spending stays in the reports.",
        button="End budget",
        back=back,
        is_danger=True,
    )
    return ask(request, confirmation)


@require_http_methods(["GET", "HEAD", "POST"])
@maker_required
def budget_ask(request: MemberRequest, budget_id: int) -> HttpResponse:
    """Request more of a budget that limits this person."""
    budget = get_object_or_404(Budget.objects.running(), pk=budget_id)
    if not limits(budget, request.user.pk):
        raise Http404("This budget does not limit you.")
    form = AskForm(request.POST or None, initial={"credits": whole_number(request.GET.get("credits", ""))})
    if form.is_valid():
        told = form.cleaned_data
        budget_changes.ask_for_more(budget, request.user, told["credits"], told["reason"])
        messages.success(request, "Request sent. You’ll be notified of the decision.")
        return redirect("dashboard:approval-list")
    context = {"form": form, "budget": budget, "status": budget_status(budget, request.user.pk)}
    return render(request, "budgets/ask.html", context, status=422 if form.is_bound else 200)


@require_POST
@manager_required
def spending_rules(request: MemberRequest) -> HttpResponse:
    form = RulesForm(request.POST)
    if not form.is_valid():
        return _list(request, form, 422)
    budget_changes.set_rules(form.cleaned_data["approve_from"], by=request.user)
    messages.success(request, "Saved. The limit applies to new requests.")
    return redirect("dashboard:budget-list")
