"""The page of the reconciliation, and the buttons on it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studio.catalog.connections import default_connection
from studio.credits.differences import classify
from studio.credits.models import BalanceReading, Difference, Entry
from tests.factories import a_difference, a_job, a_manager

pytestmark = pytest.mark.django_db
PAGE = "/credits/reconciliation/"


@pytest.fixture
def as_manager() -> Client:
    client = Client()
    client.force_login(a_manager())
    return client


def page_of(client: Client, path: str = PAGE) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def readings(number: int, verdict: str = "agrees") -> None:
    now = timezone.now()
    for count in range(number):
        at = now - timedelta(minutes=number - count)
        said = {"at": at, "confirmed_at": at, "verdict": verdict, "expected": 1_000 + count}
        BalanceReading.objects.create(connection=default_connection(), credits=1_000 + count, **said)


def test_before_the_balance_was_told_the_page_says_so(as_member: Client) -> None:
    assert "No balance yet" in page_of(as_member)
    default_connection()
    assert "No balance yet" in page_of(as_member)


def test_when_all_agrees_one_sentence_says_it(as_member: Client) -> None:
    readings(12)
    assert "All 12 balances since" in page_of(as_member)
    assert "match the ledger" in page_of(as_member)


def test_an_open_difference_stands_on_top_with_its_figures(as_manager: Client) -> None:
    a_job("processing")
    difference = a_difference()
    page = page_of(as_manager)
    first, last = (timezone.localtime(at) for at in (difference.from_at, difference.until_at))
    on = "" if last.date() == timezone.localdate() and first.date() == last.date() else None
    if on is not None:  # not around midnight
        assert f"Unexplained −37 between {first:%H:%M} and {last:%H:%M}</h2>" in page
    assert "<dd>1,000</dd>" in page
    assert "<dd>963</dd>" in page
    assert ">Spent elsewhere</button>" in page
    assert ">Top-up</button>" not in page  # the balance fell


def test_who_decides_on_nothing_sees_it_without_buttons(as_member: Client) -> None:
    a_difference()
    page = page_of(as_member)
    assert "Unexplained −37" in page
    assert "<button name=" not in page


def test_a_button_books_it_and_the_page_tells_who_did(as_manager: Client) -> None:
    difference = a_difference(500)
    form = {"kind": "top-up", "note": "Invoice 12", "decisions": "0"}
    response = as_manager.post(f"{PAGE}{difference.pk}/", form, follow=True)
    page = response.content.decode()
    assert "Recorded 500 credits as top-up, between" in page
    assert "classified by you" in page
    assert "Invoice 12" in page
    assert Entry.objects.get().reason == "Top-up: Invoice 12"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"kind": "top-up", "decisions": "0"}, "This can’t be a top-up, because the balance fell."),
        ({"kind": "", "decisions": "0"}, "Choose what it was"),
        ({"kind": "unknown", "decisions": "1"}, "it was already classified or explained"),
        ({"kind": "unknown", "decisions": "0", "note": "x" * 200}, "a note can have up to 160 characters"),
        ({}, "Nothing changed"),
    ],
)
def test_what_cannot_be_booked_changes_nothing_and_says_why(
    as_manager: Client, form: dict[str, str], sentence: str
) -> None:
    difference = a_difference()
    assert sentence in as_manager.post(f"{PAGE}{difference.pk}/", form, follow=True).content.decode()
    assert Difference.objects.get().state == "open"
    assert not Entry.objects.exists()


def test_it_can_be_classified_anew_with_its_bookings_shown(as_manager: Client) -> None:
    difference = a_difference()
    classify(difference, "unknown", a_manager())
    page = page_of(as_manager)
    assert "Reclassify" in page
    form = {"kind": "elsewhere", "decisions": "1"}
    page = as_manager.post(f"{PAGE}{difference.pk}/", form, follow=True).content.decode()
    assert "Taken back: unknown" in page
    assert page.count("−37 <small>") == 2


def test_managers_are_told_on_the_attention_page(as_manager: Client, as_member: Client) -> None:
    a_difference()
    assert "Unexplained balance changes" in page_of(as_manager, "/attention/")
    assert "Unexplained balance changes" not in page_of(as_member, "/attention/")


def test_the_attention_page_notices_a_new_one(as_manager: Client) -> None:
    seen = page_of(as_manager, "/attention/").partition("seen=")[2][:16]
    assert as_manager.get(f"/attention/live/?seen={seen}").status_code == 204
    a_difference()
    assert as_manager.get(f"/attention/live/?seen={seen}").status_code == 200


def test_older_readings_are_on_pages_of_their_own(as_member: Client) -> None:
    readings(35)
    page = page_of(as_member)
    older = page.partition("before=")[2].partition('"')[0]
    assert page.count("<tr data-verdict") == 30
    assert page_of(as_member, f"{PAGE}?before={older}").count("<tr data-verdict") == 5
    assert page_of(as_member, f"{PAGE}?before=x").count("<tr data-verdict") == 30


def test_more_differences_cost_the_same_queries_for_each(
    as_manager: Client, django_assert_max_num_queries
) -> None:
    for _ in range(3):
        a_difference()
    with django_assert_max_num_queries(40):
        page_of(as_manager)
