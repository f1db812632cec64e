"""The confirmation page before an action that cannot be undone. Works without JavaScript."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True, slots=True)
class Confirmation:
    """``warning`` says what may go wrong, or is "". ``fields`` are posted with the confirmation."""

    title: str
    text: str
    button: str
    back: str  # a URL
    warning: str = ""
    about: str = ""  # the prompt of the clip
    icon: str = "warning"
    is_danger: bool = False
    stay: str = "Go back"
    fields: Mapping[str, object] = field(default_factory=dict)


def ask(request: HttpRequest, confirmation: Confirmation) -> HttpResponse:
    """Render the page. Its form posts to the current URL."""
    return render(request, "components/confirmation.html", {"confirmation": confirmation})
