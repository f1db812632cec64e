"""The audit log's page: newest first, in words, narrowed by its address; and the files that it gives out."""

import csv
import io
import json
from html import unescape

import pytest
from django.test import Client

from dashboard.audit.views import PAGE
from dashboard.audit.words import action_words, group_words
from dashboard.shared.browsers import browser_words
from studio.audit.log import record
from studio.audit.models import Check, Entry
from studio.catalog.connections import default_connection
from studio.team.models import Member
from tests.conftest import PASSWORD
from tests.factories import a_job
from tests.must import must

pytestmark = pytest.mark.django_db
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def page_of(client: Client, query: str = "", **headers: str) -> str:
    response = client.get(f"/audit/{query}", headers=headers or None)
    assert response.status_code == 200
    return unescape(response.content.decode())


def body_of(response) -> str:
    return b"".join(response.streaming_content).decode()


@pytest.mark.parametrize("role", ["viewer", "member", "manager"])
def test_only_admins_see_it(client: Client, role: str) -> None:
    client.force_login(Member.objects.create_user("one@example.com", PASSWORD, role=role))
    for url in ("/audit/", "/audit/export.csv", "/audit/export.jsonl"):
        assert client.get(url).status_code == 404
    assert client.post("/audit/check/").status_code == 404
    assert not Entry.objects.exists()


def test_an_empty_log_says_what_will_be_there(as_admin: Client) -> None:
    page = page_of(as_admin)
    assert "No entries yet" in page
    assert "The log has no entries yet." in page


def test_an_entry_is_told_in_words_and_leads_to_its_thing(as_admin: Client, admin: Member) -> None:
    job = a_job()
    record("clip.cancelled", by=admin, about=f"job:{job.pk}", prompt="<b>a lighthouse</b>", credits=100)
    page = as_admin.get("/audit/").content.decode()
    assert "Cancelled a clip before it was sent" in page
    assert f'<a href="/jobs/{job.pk}/">Clip {job.pk}</a>' in page
    assert "&lt;b&gt;a lighthouse&lt;/b&gt;" in page
    assert "command line" in page


def test_a_connection_that_was_removed_has_no_link(as_admin: Client, admin: Member) -> None:
    there = default_connection()
    for number in (there.pk, 999):
        record("connection.changed", by=admin, about=f"connection:{number}")
    page = page_of(as_admin)
    assert f'href="/connections/{there.pk}/"' in page
    assert 'href="/connections/999/"' not in page
    assert "Connection 999" in page


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("budget.changed", "Changed a budget"),
        ("approval.given", "Given an approval"),
        ("two_factor.turned_off", "Turned off a two factor"),
    ],
)
def test_an_action_without_words_of_its_own_reads_well(action: str, words: str) -> None:
    assert action_words(action) == words


def test_kinds_are_named_in_the_plural() -> None:
    assert [group_words(noun) for noun in ("budget", "policy", "day")] == ["Budgets", "Policies", "Days"]


def test_the_page_is_narrowed_by_person_kind_thing_and_day(as_admin, admin, member, time_machine) -> None:
    for day, person, action, about in (
        (1, admin, "budget.changed", "budget:1"),
        (2, member, "budget.removed", "budget:2"),
        (3, member, "project.made", "project:1"),
    ):
        time_machine.move_to(f"2026-03-0{day}T12:00:00Z", tick=False)
        record(action, by=person, about=about)
    time_machine.move_to("2026-03-04T12:00:00Z")
    as_admin.force_login(admin)

    def numbers(query: str) -> list[int]:
        page = page_of(as_admin, query)
        return [number for number in (3, 2, 1) if f'id="entry-{number}"' in page]

    assert numbers("") == [3, 2, 1]
    assert numbers(f"?person={member.pk}") == [3, 2]
    assert numbers("?group=budget") == [2, 1]
    assert numbers("?about=budget:2") == [2]
    assert numbers("?from=2026-03-02&until=2026-03-02") == [2]
    assert numbers("?group=budget&until=2026-03-01") == [1]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?person=999", "not in the team"),
        ("?group=nothing", "no entries of this kind"),
        ("?from=yesterday", "must look like 2026-01-31"),
        ("?from=2026-03-02&until=2026-03-01", "after the last day"),
    ],
)
def test_what_cannot_be_read_in_the_address_is_said(as_admin: Client, query: str, sentence: str) -> None:
    record("budget.changed", by=None)
    assert sentence in page_of(as_admin, query)


def test_older_entries_follow_without_a_gap_and_keep_the_filter(as_admin: Client) -> None:
    for _ in range(PAGE + 3):
        record("budget.changed", by=None)
    first = page_of(as_admin, "?group=budget")
    assert f'href="?group=budget&before={4}"' in first
    rest = page_of(as_admin, "?group=budget&before=4", HX_Request="true", HX_Target="li#older")
    assert [number for number in range(1, 6) if f'id="entry-{number}"' in rest] == [1, 2, 3]
    assert "<h1>" not in rest


# ── The chain ───────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_claims_no_more_than_was_checked(as_admin: Client) -> None:
    record("budget.changed", by=None)
    assert "not verified yet" in page_of(as_admin)
    page = unescape(as_admin.post("/audit/check/", follow=True).content.decode())
    assert "<strong>1 entry</strong> verified at" in page
    assert "not verified yet" not in page
    record("budget.changed", by=None)
    assert "1 newer not verified yet" in page_of(as_admin)


def test_a_broken_chain_is_told_with_its_entry(as_admin: Client) -> None:
    for _ in range(3):
        record("budget.changed", by=None)
    Entry._base_manager.filter(number=2).update(agent="somewhere else")
    page = unescape(as_admin.post("/audit/check/", follow=True).content.decode())
    assert "The log was altered." in page
    assert "Entry 2 was changed after it was written." in page
    assert "checked at" not in page
    assert Check.objects.get().broken_at == 2


# ── Files ───────────────────────────────────────────────────────────────────────────────────────────────
def test_an_export_holds_what_the_page_is_narrowed_to_and_is_recorded(
    as_admin: Client, admin: Member
) -> None:
    record("budget.changed", by=admin, about="budget:1", limit=500)
    record("project.made", by=admin)
    response = as_admin.get("/audit/export.jsonl?group=budget", headers={"User-Agent": LINUX})
    assert response["Content-Disposition"].endswith('.jsonl"')
    lines = [json.loads(line) for line in body_of(response).splitlines()]
    assert [(line["number"], line["detail"]) for line in lines] == [(1, {"limit": 500})]
    noted = must(Entry.objects.first())
    assert (noted.action, noted.by, noted.agent) == (
        "audit.exported",
        admin,
        "Firefox on Linux",
    )
    assert noted.detail == {"format": "jsonl", "narrowed_to": {"group": "budget"}}


def test_a_spreadsheet_is_not_told_to_compute_anything(as_admin: Client) -> None:
    member = Member.objects.create_user("two@example.com", PASSWORD, name="=HYPERLINK(1)")
    record("budget.changed", by=member, about="budget:1", name="commas, and “quotes”")
    head, row = csv.reader(io.StringIO(body_of(as_admin.get("/audit/export.csv"))))
    told = dict(zip(head, row, strict=True))
    assert (told["by"], told["in words"]) == ("'=HYPERLINK(1)", "Changed a budget")
    assert json.loads(told["detail"]) == {"name": "commas, and “quotes”"}


def test_another_format_is_not_there(as_admin: Client) -> None:
    assert as_admin.get("/audit/export.xml").status_code == 404


# ── From where ──────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (LINUX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari on an iPhone",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("x" * 100, "x" * 60 + "…"),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_people_do(user_agent: str, words: str) -> None:
    assert browser_words(user_agent) == words
