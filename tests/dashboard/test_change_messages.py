"""A change that came too late, or was refused, is answered with a sentence on the next page."""

import re
from pathlib import Path

import pytest
from django.test import Client

from studio.jobs.lifecycle.moving import Moved
from studio.team.errors import NotAllowed
from studio.team.models import Member
from tests.factories import a_job

DASHBOARD = Path(__file__).parents[2] / "dashboard"
RULE = DASHBOARD / "shared" / "change_messages.py"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Moved("submission 3 was moved by another."), "could not be cancelled"),
        (NotAllowed("Only its owner can cancel it."), "Only its owner can cancel it."),
    ],
)
def test_the_next_page_says_why_nothing_changed(
    as_member: Client, member: Member, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    def refuse(*_: object) -> None:
        raise error

    job = a_job("queued", owner=member)
    monkeypatch.setattr("dashboard.jobs.detail.decisions.cancel", refuse)
    page = as_member.post(f"/jobs/{job.pk}/cancel/", follow=True)
    assert page.status_code == 200
    assert [str(message) for message in page.context["messages"] if sentence in str(message)]
    assert "Nothing was charged." not in page.text


def test_no_view_turns_a_late_change_into_a_message_by_itself() -> None:
    again = [
        str(source.relative_to(DASHBOARD))
        for source in DASHBOARD.rglob("*.py")
        if source != RULE and re.search(r"except .*\bMoved\b", source.read_text(encoding="utf-8"))
    ]
    assert again == []
