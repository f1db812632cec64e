"""People manage their own tokens. Admins can revoke anyone's."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.reference.curl import VARIABLE, getting
from dashboard.shared.confirmation import Confirmation, ask
from dashboard.shared.requests import MemberRequest
from dashboard.tokens.forms import SpendingForm, TokenForm
from dashboard.tokens.spending import lines_of
from studio.gateway.openapi.document import origin_of
from studio.jobs.money import token_budgets
from studio.jobs.money.token_budgets import project_of
from studio.tokens.keyring import CannotIssue
from studio.tokens.models import Scope, Token

MOST_REVOKED = 20
FIELDS = {"name": "name", "scopes": "scopes", "expires_at": "until"}  # of a refusal → of the form


@require_safe
def token_list(request: MemberRequest) -> HttpResponse:
    mine = request.user.tokens
    revoked = mine.exclude(revoked_at=None).order_by("-revoked_at")[:MOST_REVOKED]
    context = {"lines": lines_of(mine.active().select_related("owner", "project")), "revoked": revoked}
    return render(request, "tokens/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_variables()
def token_add(request: MemberRequest) -> HttpResponse:
    """Answers with the page that shows the token, not a redirect: the token is not stored and not shown again."""
    form = TokenForm(request.user, request.POST or None)
    if form.is_valid():
        try:
            token, text = _issue(request, form)
        except CannotIssue as refusal:
            form.add_error(FIELDS.get(refusal.field), refusal.sentence)
        else:
            return render(request, "tokens/issued.html", _shown_once(request, token, text))
    return render(request, "tokens/add.html", {"form": form}, status=422 if form.is_bound else 200)


def _issue(request: MemberRequest, form: TokenForm) -> tuple[Token, str]:
    told: dict[str, Any] = form.cleaned_data
    return token_budgets.issue(
        request.user,
        told["name"],
        told["scopes"],
        form.expires_at,
        allowance=form.allowance,
        project=form.project,
        by=request.user,
    )


@sensitive_variables()
def _shown_once(request: MemberRequest, token: Token, text: str) -> dict[str, Any]:
    """The token, with commands to store it and to test it."""
    return {
        "token": token,
        "text": text,
        "spends": token.may(Scope.GENERATE),
        "keep": f"export {VARIABLE}='{text}'",
        "try": getting(origin_of(request) + reverse("gateway:models")),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def token_spending(request: MemberRequest, token_id: int) -> HttpResponse:
    """Edit what an own token may spend, and in which project."""
    mine = request.user.tokens.active().select_related("owner", "project")
    token = get_object_or_404(mine, pk=token_id)
    line = lines_of([token])[0]
    budget = line.status.budget if line.status else None
    terms = {"credits": budget.limit, "period": budget.period} if budget else {}
    form = SpendingForm(
        request.user, request.POST or None, initial={"project": project_of(token).pk, **terms}
    )
    if form.is_valid():
        with transaction.atomic():
            token_budgets.set_budget(token, form.allowance, by=request.user)
            token_budgets.move(token, form.project or project_of(token), by=request.user)
        messages.success(request, f"Spending limits of “{token}” updated.")
        return redirect("dashboard:token-list")
    context = {"form": form, "line": line, "token": token}
    return render(request, "tokens/spending.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def token_revoke(request: MemberRequest, token_id: int) -> HttpResponse:
    """The confirmation before a token is revoked."""
    tokens = Token.objects.all() if request.user.is_admin else request.user.tokens.all()
    token = get_object_or_404(tokens.active().select_related("owner"), pk=token_id)
    is_own = token.owner_id == request.user.pk
    back = reverse("dashboard:token-list" if is_own else "dashboard:people-list")
    if request.method != "POST":
        return ask(request, _revoking(token, back, is_own))
    token_budgets.revoke(token, by=request.user)
    messages.success(request, f"Token “{token}” revoked. It no longer works.")
    return redirect(back)


def _revoking(token: Token, back: str, is_own: bool) -> Confirmation:
    whose = "" if is_own else f" of {token.owner}"
    return Confirmation(
        title=f"Revoke the token “{token}”{whose}?",
        text=(
            "Scripts that use it stop working and its budget ends. Clips that it requested continue, and its"
            " spending stays in the reports."
        ),
        button="Revoke token",
        back=back,
        is_danger=True,
    )
