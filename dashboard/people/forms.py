"""Forms for admins to manage people."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings

from dashboard.people.words import ROLES, Fate, fates_of
from dashboard.shared.explained import ExplainedSelect
from dashboard.shared.form_fields import typed_field
from studio.jobs.handover import Workload
from studio.team.models import Invitation, Member, Role

DAYS = ((1, "1 day"), (7, "7 days"), (30, "30 days"))


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role, widget=ExplainedSelect(ROLES))


class InvitationForm(RoleForm):
    """``send`` is shown if the installation can send email."""

    email = forms.EmailField(
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="Prefills the form for them.",
    )
    days = forms.TypedChoiceField(
        label="Expires in",
        choices=DAYS,
        coerce=int,
        empty_value=7,  # type: ignore[arg-type]  # Django takes any value
        initial=7,
        required=False,
        widget=forms.RadioSelect,
    )
    send = forms.BooleanField(
        label="Send by email", required=False, help_text="You also get the link to share."
    )
    field_order = ("email", "role", "days", "send")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("role", Role.MEMBER)
        if not settings.MAILERS:
            del self.fields["send"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("send") and not data.get("email") and "email" not in self.errors:
            self.add_error(
                "email", "Enter an email address, or clear “Send by email” and share the link yourself."
            )
        return data

    def issue(self, by: Member) -> Invitation:
        email, role = self.cleaned_data["email"].lower(), self.cleaned_data["role"]
        days = timedelta(days=self.cleaned_data["days"])
        return Invitation.objects.issue(invited_by=by, email=email, role=role, lifetime=days)


class DeactivationForm(forms.Form):
    """What happens to a leaver's clips. Without clips there is nothing to choose."""

    clips = forms.ChoiceField(label="Their clips")
    to = forms.ModelChoiceField(
        Member.objects.none(),
        label="New owner",
        empty_label=None,
        required=False,
        help_text="Only used if clips change owner.",
    )

    def __init__(self, *args: Any, leaving: Member, by: Member, load: Workload, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fates = fates_of(load)
        self.fields["clips"].widget = ExplainedSelect(
            {fate: sentence for fate, (_, sentence) in fates.items()}
        )
        typed_field(self, "clips", forms.ChoiceField).choices = [
            (fate, label) for fate, (label, _) in fates.items()
        ]
        makers = Member.objects.filter(is_active=True).exclude(role=Role.VIEWER).exclude(pk=leaving.pk)
        typed_field(self, "to", forms.ModelChoiceField).queryset = makers.order_by("name", "email")
        self.initial.update({"to": by.pk, "clips": next(iter(fates), None)})
        if not fates:
            self.fields.clear()

    @property
    def fate(self) -> str:
        fate: str = self.cleaned_data.get("clips", Fate.STAY)
        return fate

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("clips") in (Fate.UNFINISHED, Fate.EVERYTHING) and not (
            data.get("to") or "to" in self.errors
        ):
            self.add_error("to", "Choose the new owner.")
        return data
