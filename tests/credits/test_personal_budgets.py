"""The budgets of people's own, read for all of them at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from studio.credits.budgets import budget_status
from studio.credits.models import Budget, BudgetRequest
from studio.credits.personal_budgets import personal_budget_statuses
from tests.factories import a_budget, a_job, a_member

pytestmark = pytest.mark.django_db
Scope, Period = Budget.Scope, Budget.Period


def test_each_person_has_the_standing_of_the_own_budget_that_is_used_up_most() -> None:
    ann, bob, eve = (a_member(f"{name}@example.com") for name in ("ann", "bob", "eve"))
    for owner, state in ((ann, "completed"), (ann, "pending"), (bob, "completed"), (bob, "failed")):
        a_job(state, owner=owner)
    each = a_budget(1_000, scope=Scope.EACH)
    bobs = a_budget(150, scope=Scope.PERSON, person=bob, period=Period.WEEK)
    a_budget(99_000, scope=Scope.EACH, period=Period.ONCE)
    a_budget(1)  # the team's
    a_budget(1, scope=Scope.EACH, ended_at=timezone.now())
    a_budget(1, scope=Scope.EACH, from_day=timezone.localdate() + timedelta(days=1))
    found = personal_budget_statuses([ann.pk, bob.pk, eve.pk], timezone.localdate())
    assert (found[ann.pk].budget, found[ann.pk].used) == (each, 200)
    assert found[ann.pk] == budget_status(each, ann.pk)
    assert (found[bob.pk].budget, found[bob.pk].used, found[bob.pk].left) == (bobs, 100, 50)
    assert found[eve.pk].used == 0


def test_what_was_granted_counts_for_whom_it_was_asked_and_in_its_period() -> None:
    ann, bob = a_member("ann@example.com"), a_member("bob@example.com")
    each = a_budget(100, scope=Scope.EACH)
    period = budget_status(each).period.start
    for person, start, granted in (
        (ann, period, 40),
        (ann, period - timedelta(days=31), 500),
        (bob, period, 7),
    ):
        BudgetRequest.objects.create(
            budget=each,
            person=person,
            credits=1,
            period_from=start,
            granted=granted,
            decided_at=timezone.now(),
        )
    found = personal_budget_statuses([ann.pk, bob.pk], timezone.localdate())
    assert [found[person.pk].limit for person in (ann, bob)] == [140, 107]
    assert found[ann.pk].granted == budget_status(each, ann.pk).granted


def test_however_many_people_and_budgets_the_queries_are_the_same(django_assert_num_queries) -> None:
    people = [a_member(f"person{number}@example.com").pk for number in range(5)]
    assert personal_budget_statuses(people, timezone.localdate()) == {}
    for limit in (100, 200, 300):
        a_budget(limit, scope=Scope.EACH)
    with django_assert_num_queries(3):
        assert len(personal_budget_statuses(people, timezone.localdate())) == 5
