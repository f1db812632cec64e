"""The second step before something that cannot be taken back: a page of its own, so that no script is needed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True, slots=True)
class Confirmation:
    """``warning`` is what may go wrong, "" where nothing can. ``fields`` are posted with the choice."""

    title: str
    text: str
    button: str
    back: str  # an address
    warning: str = ""
    about: str = ""  # the prompt that it is about
    icon: str = "warning"
    is_danger: bool = False
    stay: str = "Go back"
    fields: Mapping[str, object] = field(default_factory=dict)


def ask(request: HttpRequest, confirmation: Confirmation) -> HttpResponse:
    """It posts to its own address."""
    return render(request, "components/confirmation.html", {"confirmation": confirmation})
