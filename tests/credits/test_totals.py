"""The daily totals are the ledger, added up."""

import pytest

from studio.catalog.connections import default_connection
from studio.credits import ledger
from studio.credits.models import DayTotal
from studio.jobs.lifecycle.moving import account_of
from studio.jobs.states import JobState
from tests.credits.adding_up import added_up, as_kept
from tests.factories import a_job, a_member, altered

pytestmark = pytest.mark.django_db


def test_clips_in_every_state_add_up() -> None:
    others = set(JobState.values) - {"sending"}
    for state in [*sorted(others), "stored", "lost", "sending"]:  # one request at a time is being sent
        a_job(state)
    assert as_kept() == added_up()
    assert DayTotal.objects.get(outcome="completed").charged == 300  # completed, stored, lost


def test_a_clip_under_way_is_held_and_nothing_is_charged() -> None:
    a_job("processing")
    total = DayTotal.objects.get()
    assert (total.outcome, total.clips, total.held, total.charged) == ("open", 1, 100, 0)


def test_what_a_failed_clip_cost_comes_back() -> None:
    a_job("failed")
    total = DayTotal.objects.get(outcome="failed")
    assert (total.clips, total.charged, total.refunded, total.held) == (1, 100, 100, 0)


def test_a_figure_told_later_is_booked_as_the_difference() -> None:
    job = a_job("completed")
    ledger.correct(account_of(job), 130)
    assert as_kept() == added_up()
    assert DayTotal.objects.get(outcome="completed").charged == 130


def test_a_clip_handed_over_stays_booked_on_who_asked_for_it() -> None:
    job = a_job("processing")
    heir = altered(job, owner_id=a_member("heir@example.com").pk)
    ledger.charge(account_of(heir), 100)
    assert as_kept() == added_up()
    assert set(DayTotal.objects.values_list("person_id", flat=True)) == {job.spender_id}


def test_top_ups_and_adjustments_belong_to_no_clip() -> None:
    connection = default_connection()
    job = a_job("queued")
    bought = ledger.Account("difference:1", connection.pk, job.asked_on)
    ledger.top_up(bought, 1_000)
    ledger.adjust(bought, -37, "spent elsewhere")
    ledger.adjust(bought, -37, "spent elsewhere")  # repeated: harmless
    assert as_kept() == added_up()
    total = DayTotal.objects.get(outcome="")
    assert (total.clips, total.topped_up, total.adjusted) == (0, 1_000, -37)
