"""The forms of budgets."""

from collections.abc import Iterable
from typing import Any

from django import forms

from dashboard.shared.form_fields import typed_field
from studio.catalog.models import Connection, StudioModel
from studio.credits.budget_changes import MOST, start
from studio.credits.models import Budget
from studio.jobs.money.spending_check import family_of
from studio.projects.models import Project
from studio.team.models import Member
from studio.tokens.models import Token

NAMED = {
    "person": "person",
    "project": "project",
    "family": "model_family",
    "connection": "connection",
    "token": "token",
}
HARD = [
    ("hard", "Hard: requests over the budget are refused"),
    ("soft", "Soft: requests over the budget need approval"),
]


class Credits(forms.IntegerField):
    """A whole number of credits, at least one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": MOST, **options})


class LimitForm(forms.Form):
    """What can be edited on a budget: its limit, and what happens when it is used up."""

    limit = Credits(label="Credits")
    strength = forms.ChoiceField(
        label="When it is used up", choices=HARD, widget=forms.RadioSelect, initial="hard"
    )

    def apply_to(self, budget: Budget) -> Budget:
        budget.limit = self.cleaned_data["limit"]
        budget.is_hard = self.cleaned_data["strength"] == "hard"
        return budget

    @staticmethod
    def terms_of(budget: Budget) -> dict[str, Any]:
        return {"limit": budget.limit, "strength": "hard" if budget.is_hard else "soft"}


class TokenField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes none at run time
    """Labels tokens with their owner, because two people may use the same name."""

    def label_from_instance(self, token: Token) -> str:
        return token.long_name


class BudgetForm(LimitForm):
    """A new budget. Of the five fields that select what it limits, only the one of the chosen scope is used."""

    scope = forms.ChoiceField(label="For", choices=Budget.Scope, initial=Budget.Scope.TEAM)
    person = forms.ModelChoiceField(Member.objects.filter(is_active=True), required=False)
    project = forms.ModelChoiceField(Project.objects.open(), required=False)
    model_family = forms.ChoiceField(required=False)
    connection = forms.ModelChoiceField(Connection.objects.order_by("name"), required=False)
    token = TokenField(
        None,
        required=False,
        help_text="The token’s owner can edit this budget and add other tokens. To limit a person, choose the person.",
    )
    period = forms.ChoiceField(choices=Budget.Period, initial=Budget.Period.MONTH)

    field_order = ["scope", *NAMED.values(), "limit", "period", "strength"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed_field(self, "model_family", forms.ChoiceField).choices = [("", "---------"), *families()]
        typed_field(
            self, "token", TokenField
        ).queryset = Token.objects.limitable()  # evaluated for each form: tokens expire

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        name = NAMED.get(told.get("scope", ""))
        if name and not told.get(name) and name not in self.errors:
            self.add_error(name, "Choose one.")
        return told

    def budget(self) -> Budget:
        """Not saved yet."""
        told, scope = self.cleaned_data, self.cleaned_data["scope"]
        named = {NAMED[scope]: told[NAMED[scope]]} if scope in NAMED else {}
        return self.apply_to(start(Budget(scope=scope, period=told["period"], **named)))


def families() -> Iterable[tuple[str, str]]:
    found = {family_of(model.capability) for model in StudioModel.objects.offered()}
    return [(family, family) for family in sorted(found)]


class AskForm(forms.Form):
    credits = Credits(label="Extra credits")
    reason = forms.CharField(
        label="Reason",
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Shown to the managers who decide.",
    )


class RulesForm(forms.Form):
    approve_from = Credits(
        label="Approval limit",
        required=False,
        help_text="Requests of this many credits or more need approval. Leave empty for no limit."
        " Projects can set their own limit.",
    )
