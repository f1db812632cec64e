"""Forms for notification settings, quiet hours and webhooks."""

from collections.abc import Iterator
from datetime import time
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from dashboard.shared.explained import ExplainedSelect
from dashboard.shared.form_fields import typed_field
from studio.notify.choices import CHOSEN, Choices, choices_of
from studio.notify.kinds import Channel, Kind
from studio.notify.models import Format, QuietHours
from studio.notify.telling import mail_is_offered
from studio.team.models import Member

CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class ChoicesForm(forms.Form):
    """A checkbox for each kind and channel, and the quiet hours. ``rows`` arranges the checkboxes in a table."""

    quiet = forms.BooleanField(label="Use quiet hours every day", required=False)
    begins = forms.TimeField(
        label="From", required=False, initial=time(20), widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    ends = forms.TimeField(
        label="Until", required=False, initial=time(8), widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )

    def __init__(self, member: Member, data: Any = None) -> None:
        super().__init__(data)
        self.channels = [channel for channel in CHOSEN if channel != Channel.MAIL or mail_is_offered()]
        self.choices = {key: on for key, on in choices_of(member).items() if key[1] in self.channels}
        for (kind, channel), on in self.choices.items():
            label = f"{kind.label}: {channel.label.lower()}"
            self.fields[_box(kind, channel)] = forms.BooleanField(label=label, required=False, initial=on)
        if hours := QuietHours.objects.filter(pk=member.pk).first():
            self.initial = {"quiet": True, "begins": hours.begins, "ends": hours.ends}

    @property
    def rows(self) -> Iterator[tuple[Kind, list[BoundField]]]:
        for kind in dict.fromkeys(kind for kind, _ in self.choices):
            yield kind, [self[_box(kind, channel)] for channel in self.channels]

    @property
    def wanted(self) -> Choices:
        return {key: self.cleaned_data[_box(*key)] for key in self.choices}

    @property
    def hours(self) -> tuple[time, time] | None:
        told = self.cleaned_data
        return (told["begins"], told["ends"]) if told["quiet"] else None

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        if told.get("quiet"):
            for name in ("begins", "ends"):
                if told.get(name) is None and name not in self.errors:
                    self.add_error(name, "Enter a time.")
            if told.get("begins") and told.get("begins") == told.get("ends"):
                self.add_error(
                    "ends",
                    "Start and end must differ. To turn notifications off, clear the checkboxes above.",
                )
        return told


def _box(kind: Kind, channel: Channel) -> str:
    return f"{kind.value}-{channel.value}"


class KindsForm(forms.Form):
    """The events that a webhook receives."""

    kinds = forms.MultipleChoiceField(
        label="Events",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )

    def __init__(self, kinds: list[Kind], *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        typed_field(self, "kinds", forms.MultipleChoiceField).choices = [
            (kind.value, kind.label) for kind in kinds
        ]


FORMATS: dict[str, str] = {
    Format.SLACK: "For Slack, Mattermost and similar.",
    Format.JSON: "For your own program: a short summary without the prompt.",
    Format.JOB: "For your own program: the outcome of each clip, with its prompt and file URLs, as in the API.",
}
OTHER_KINDS = "Job reports are sent when a clip ends. Choose only Clip ready and Clip failed."


class HookForm(KindsForm):
    """A webhook of a member, or of the team for None. Team webhooks do not offer formats that contain prompts."""

    name = forms.CharField(
        max_length=60,
        help_text="For example the name of the channel.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    url = forms.CharField(
        label="Address",
        max_length=1000,
        help_text="Encrypted and not shown again, because anyone who knows it can post there.",
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    form = forms.ChoiceField(label="Format", initial=Format.SLACK, widget=ExplainedSelect(FORMATS))
    field_order = ["name", "url", "form", "kinds"]

    def __init__(self, person: Member | None, *args: Any, **named: Any) -> None:
        super().__init__(Kind.of(person) if person else list(Kind), *args, **named)
        offered = [form for form in Format if person or form != Format.JOB]
        typed_field(self, "form", forms.ChoiceField).choices = [(form.value, form.label) for form in offered]

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        if {"form", "kinds"} <= told.keys() and not {*told["kinds"]} <= {*Format(told["form"]).kinds}:
            self.add_error("kinds", OTHER_KINDS)
        return told
