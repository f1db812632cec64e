"""The forms of tokens."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from dashboard.budgets.forms import Credits
from dashboard.projects.field import ProjectField
from dashboard.shared.explained import ExplainedChoices
from dashboard.shared.form_fields import typed_field
from dashboard.tokens.words import SENTENCES
from studio.credits.models import Budget
from studio.jobs.money.token_budgets import TokenBudget
from studio.projects.models import Project
from studio.team.models import Member
from studio.tokens.models import Scope

NEVER, ON_A_DAY = "never", "day"
LASTS = [
    ("30", "In 30 days"),
    ("90", "In 90 days"),
    ("365", "In 1 year"),
    (NEVER, "Never"),
    (ON_A_DAY, "On a date"),
]
LONGEST = timedelta(days=3_653)
SPENDING = ("project", "credits", "period")


class SpendingForm(forms.Form):
    """What a token may spend, and in which project. Without a limit it has no budget of its own.

    Where there is one project only, and the token's clips are made in it, there is nothing to choose.
    """

    credits = Credits(
        label="Budget",
        required=False,
        help_text="The most credits it can spend. Leave empty to use only your own budgets.",
    )
    period = forms.ChoiceField(choices=Budget.Period, initial=Budget.Period.MONTH, required=False)

    field_order: tuple[str, ...] = SPENDING

    def __init__(self, owner: Member, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = list(Project.objects.usable_by(owner).order_by("-is_general", "name"))
        if len(usable) > 1 or self.initial.get("project") not in (None, *(one.pk for one in usable)):
            self.fields["project"] = ProjectField(
                usable, "Its clips are made in and charged to this project."
            )
            self.order_fields(self.field_order)

    @property
    def project(self) -> Project | None:
        """None if no limit was entered."""
        return self.cleaned_data.get("project")

    @property
    def allowance(self) -> TokenBudget | None:
        told = self.cleaned_data
        if not told["credits"]:
            return None
        return TokenBudget(told["credits"], told["period"] or Budget.Period.MONTH)


class TokenForm(SpendingForm):
    """A new token of ``owner``; a viewer's token can only read."""

    name = forms.CharField(
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Where it is used, such as “Nightly export”. The team sees this name next to its spending.",
    )
    scopes = forms.MultipleChoiceField(
        label="Scopes",
        choices=Scope,
        widget=ExplainedChoices(SENTENCES),
        initial=list(Scope),
        error_messages={"required": "Choose at least one scope."},
    )
    lasts = forms.ChoiceField(label="Expires", choices=LASTS, widget=forms.RadioSelect, initial="90")
    until = forms.DateField(label="Last day", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    field_order = ("name", "scopes", "lasts", "until", *SPENDING)

    def __init__(self, owner: Member, *args: Any, **kwargs: Any) -> None:
        super().__init__(owner, *args, **kwargs)
        self.owner = owner
        if not owner.makes_clips:
            typed_field(self, "scopes", forms.MultipleChoiceField).choices = [
                (Scope.READ.value, Scope.READ.label)
            ]
            self.fields["scopes"].help_text = "Viewers and their tokens cannot make clips."
            for name in SPENDING:
                self.fields.pop(name, None)

    def clean_name(self) -> str:
        """Also prevents a second token when the page of a new token is reloaded, which posts the form again."""
        name: str = self.cleaned_data["name"]
        if self.owner.tokens.active().filter(name=name).exists():
            raise forms.ValidationError("You already have a token with this name. Choose another name.")
        return name

    def clean(self) -> dict[str, Any]:
        told, today = self.cleaned_data, timezone.localdate()
        if told.get("lasts") == ON_A_DAY and "until" not in self.errors:
            until = told.get("until")
            if until is None:
                self.add_error("until", "Choose a date.")
            elif not today <= until <= today + LONGEST:
                self.add_error("until", "Choose a date between today and ten years from now.")
        return told

    @property
    def expires_at(self) -> datetime | None:
        """None if it does not expire. A chosen date is the last day on which it works."""
        lasts = self.cleaned_data["lasts"]
        if lasts == NEVER:
            return None
        if lasts == ON_A_DAY:
            day_after = self.cleaned_data["until"] + timedelta(days=1)
            return timezone.make_aware(datetime.combine(day_after, time.min))
        return timezone.now() + timedelta(days=int(lasts))

    @property
    def allowance(self) -> TokenBudget | None:
        return super().allowance if self._spends else None

    @property
    def project(self) -> Project | None:
        return super().project if self._spends else None

    @property
    def _spends(self) -> bool:
        """Whether limits apply: a token that only reads spends nothing, whatever was entered."""
        return "credits" in self.fields and Scope.GENERATE in self.cleaned_data["scopes"]
