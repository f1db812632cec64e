"""Add or edit a connection. Values from the settings cannot be edited here."""

from collections.abc import Callable
from typing import Any

from django import forms

from studio.catalog.connections import is_from_settings
from studio.catalog.models import Connection
from studio.catalog.register import usable_address, usable_key
from studio.core.errors import UserFacingError

MOST_POSTS = 10_000
KEY_HELP = "Encrypted, sent to this URL only, and not shown again."


class ConnectionForm(forms.Form):
    """The key is a Secret; None if the field was left empty, which keeps the stored key."""

    name = forms.CharField(max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    base_url = forms.CharField(
        label="Address",
        max_length=200,
        help_text="The Video Studio API, such as https://api.example.com.",
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    key = forms.CharField(
        label="API key",
        max_length=500,
        help_text=KEY_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    posts_per_hour = forms.IntegerField(
        label="Requests per hour",
        min_value=1,
        max_value=MOST_POSTS,
        initial=24,
        help_text="Further clips are queued. The API's published limit is 24.",
    )

    def __init__(self, data: Any = None, *, connection: Connection | None = None) -> None:
        known = ("name", "base_url", "posts_per_hour")
        initial = {name: getattr(connection, name) for name in known} if connection else None
        super().__init__(data, initial=initial)
        self.connection = connection
        if connection and (connection.is_sandbox or is_from_settings(connection)):
            del self.fields["base_url"], self.fields["key"]
        elif connection:
            self._explain_stored_key(connection)
        if connection and connection.is_sandbox:
            del self.fields["posts_per_hour"]

    def _explain_stored_key(self, connection: Connection) -> None:
        self.fields["base_url"].help_text = "If you change the URL, enter the key again."
        if connection.sealed_key:
            self.fields["key"].required = False
            self.fields["key"].label = "New API key"
            self.fields["key"].help_text = (
                f"{key_words(connection)}. Leave empty to keep it. A new key must belong to the same account. "
                "For another account, add a connection."
            )

    def clean_base_url(self) -> str:
        return _checked(usable_address, self.cleaned_data["base_url"])

    def clean_key(self) -> Any:
        text = self.cleaned_data["key"]
        return _checked(usable_key, text) if text else None

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        moves = self.connection and told.get("base_url") not in (None, self.connection.base_url)
        if moves and not told.get("key") and "key" not in self.errors:
            self.add_error("key", "Enter the key as well: the stored one is only valid for its address.")
        return told


def _checked[Checked](check: Callable[[str], Checked], text: str) -> Checked:
    try:
        return check(text)
    except UserFacingError as refusal:
        raise forms.ValidationError(refusal.sentence) from None


def key_words(connection: Connection) -> str:
    """How a page describes a key: never more of it than its end."""
    if not connection.sealed_key:
        return "From the settings" if is_from_settings(connection) else "Missing"
    return f"Set, ends in …{connection.key_ending}" if connection.key_ending else "Set"
