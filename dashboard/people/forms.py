from django import forms

from studio.team.models import Invitation


class InvitationForm(forms.ModelForm):
    class Meta:
        model = Invitation
        fields = ["email", "role"]
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "off"})}
        help_texts = {"email": "Optional. It fills in the form for them; nothing is sent."}
