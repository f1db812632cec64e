"""The forms of the own account."""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib.auth import password_validation

from studio.team.models import Member


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at run time
    class Meta:
        model = Member
        fields = ["name", "email"]
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if Member.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("A member with this email already exists.")
        return email

    def save(self, commit: bool = True) -> Member:
        member: Member = super().save(commit)
        # django-allauth stores addresses of its own once a reset email was sent; an old one must not sign in.
        EmailAddress.objects.filter(user=member).exclude(email=member.email).delete()
        return member


class JoinForm(ProfileForm):
    """The form for an invited person. ``is_valid()`` does not save: the invitation creates the member."""

    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters.",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if password := data.get("password"):
            self._check_password(password, Member(name=data.get("name", ""), email=data.get("email", "")))
        return data

    def _check_password(self, password: str, member: Member) -> None:
        try:
            password_validation.validate_password(password, member)
        except forms.ValidationError as error:
            self.add_error("password", error)
