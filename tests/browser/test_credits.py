"""Spending and the ledger in a real browser."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from studio.catalog.connections import default_connection
from studio.credits import ledger
from studio.credits.balance import note_balance
from studio.projects.models import Colour, Project
from studio.team.models import Member
from tests.browser.conftest import OpenPage, in_every_look, must_be_accessible
from tests.factories import a_job


def some_spending(member: Member) -> None:
    for state in ("completed", "failed", "processing"):
        job = a_job(state, owner=member)
    campaign = Project.objects.create(name="Spring campaign", colour=Colour.CORAL)
    connection = default_connection()
    for back in range(3):
        day = timezone.localdate() - timedelta(days=back)
        account = ledger.Account(
            f"clip:{back}",
            connection.pk,
            day,
            person_id=member.pk,
            project_id=campaign.pk,
            job_id=job.pk,
            model_slug="veo31_fast",
        )
        ledger.ask(account, None)
        ledger.charge(account, 100 * (back + 1))
    note_balance(connection.pk, 2_000)


@pytest.mark.slow
@in_every_look
def test_spending_is_accessible(open_page: OpenPage, member: Member, width: int, scheme: str) -> None:
    page = open_page("/credits/", width=width, scheme=scheme)
    must_be_accessible(page)  # empty
    some_spending(member)
    page.goto("/credits/?period=last-30-days")
    page.get_by_text("Show as a table").click()
    must_be_accessible(page)
    page.get_by_role("link", name="By person").click()
    expect(page).to_have_url(re.compile("stack=person"))
    page.goto(f"/credits/ledger/?period=last-30-days&person={member.pk}")
    must_be_accessible(page)
