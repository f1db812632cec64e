"""The pages of tokens: one's own, making one, what it may spend, taking it back; and what admins see of them."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from studio.audit.models import Entry as AuditEntry
from studio.credits.models import Budget
from studio.jobs.money import token_budgets
from studio.jobs.money.token_budgets import TokenBudget
from studio.projects.models import Project
from studio.team.models import Member, Role
from studio.tokens import keyring
from studio.tokens.models import Scope, Token
from tests.dashboard.reading import rows_of, text_of
from tests.factories import a_budget, a_job, a_manager, a_member, a_project, a_token
from tests.must import must

pytestmark = pytest.mark.django_db


def new_token(**changes: Any) -> dict[str, Any]:
    return {"name": "Night script", "scopes": ["read", "generate"], "lasts": "90", **changes}


def text_on(page: str) -> str:
    """The token that a page shows; "" where it shows none."""
    found = re.search(r"dly_[\w-]{30,}", page)
    return found[0] if found else ""


def everything_kept() -> str:
    """Every row of every table, as text."""
    rows = (model._base_manager.values_list() for model in apps.get_models())
    return "\n".join(str(row) for found in rows for row in found)


# ── Making one ──────────────────────────────────────────────────────────────────────────────────────────
def test_a_token_is_shown_in_one_answer_and_is_nowhere_afterwards(as_member: Client, member: Member) -> None:
    shown = as_member.post("/tokens/add/", new_token())
    text = text_on(shown.content.decode())
    assert must(keyring.find(text)).owner == member
    assert "no-store" in shown["Cache-Control"]
    assert "It is not shown again" in text_of(shown)
    assert f"export DAILIES_TOKEN='{text}'" in text_of(shown)
    kept = everything_kept()
    assert "Night script" in kept
    for trace in (text, text.removeprefix("dly_")):
        assert trace not in kept
        assert trace not in str(dict(as_member.session.items()))
        assert trace not in str(as_member.cookies)
    for page in ("/tokens/", "/tokens/add/"):
        assert text_on(as_member.get(page).content.decode()) == ""
    assert f"dly_…{text[-4:]}" in as_member.get("/tokens/").content.decode()


def test_nobody_finds_a_new_token_in_the_log(as_admin: Client, admin: Member) -> None:
    text = text_on(as_admin.post("/tokens/add/", new_token()).content.decode())
    page = as_admin.get("/audit/").content.decode()
    assert "Issued a token" in page
    assert text not in page
    exported = b"".join(as_admin.get("/audit/export.jsonl")).decode()
    assert "token.issued" in exported
    assert text not in exported


@pytest.mark.parametrize(("lasts", "days"), [("30", 30), ("90", 90), ("365", 365), ("never", None)])
def test_a_token_lasts_as_long_as_was_chosen(lasts: str, days: int | None, as_member: Client) -> None:
    as_member.post("/tokens/add/", new_token(lasts=lasts, until="2001-01-01"))
    expires_at = Token.objects.get().expires_at
    if days is None:
        assert expires_at is None
    else:
        in_days = timezone.now() + timedelta(days=days)
        assert expires_at == pytest.approx(in_days, abs=timedelta(minutes=1))


def test_a_day_that_was_chosen_is_the_last_one_on_which_it_works(as_member: Client) -> None:
    today = timezone.localdate()
    shown = as_member.post("/tokens/add/", new_token(lasts="day", until=today.isoformat()))
    for page in (shown, as_member.get("/tokens/")):
        assert f"Expires {today.day} {today:%b %Y}" in text_of(page)
    ends = timezone.localtime(Token.objects.get().expires_at)
    assert ends == timezone.make_aware(datetime.combine(today + timedelta(days=1), datetime.min.time()))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "n" * 61}, "at most 60 characters"),
        ({"scopes": []}, "Choose at least one scope."),
        ({"scopes": ["everything"]}, "Select a valid choice"),
        ({"lasts": "ever"}, "Select a valid choice"),
        ({"lasts": "day"}, "Choose a date."),
        ({"lasts": "day", "until": "2001-01-01"}, "between today and ten years from now"),
        ({"lasts": "day", "until": "9999-12-31"}, "between today and ten years from now"),
        ({"lasts": "day", "until": "soon"}, "Enter a valid date."),
        ({"credits": "0"}, "greater than or equal to 1"),
        ({"credits": "9", "period": "year"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_and_no_token_is_made(
    changes: dict[str, Any], sentence: str, as_member: Client
) -> None:
    refused = as_member.post("/tokens/add/", new_token(**changes))
    assert refused.status_code == 422
    assert sentence in text_of(refused)
    assert not Token.objects.exists()


def test_a_form_that_is_sent_again_makes_no_second_token(as_member: Client) -> None:
    """As whoever loads the page again does, on which the token is shown."""
    as_member.post("/tokens/add/", new_token())
    again = as_member.post("/tokens/add/", new_token())
    assert again.status_code == 422
    assert "You already have a token with this name" in text_of(again)
    token = Token.objects.get()
    token_budgets.revoke(token, by=token.owner)
    assert as_member.post("/tokens/add/", new_token()).status_code == 200


def test_who_has_too_many_is_told_to_revoke_one(as_member: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "MOST", 0)
    refused = as_member.post("/tokens/add/", new_token())
    assert refused.status_code == 422
    assert "revoke one first" in text_of(refused)


def test_a_viewer_makes_tokens_that_only_read() -> None:
    viewer, client = a_member("viewer@example.com", role=Role.VIEWER), Client()
    client.force_login(viewer)
    assert 'value="generate"' not in client.get("/tokens/add/").content.decode()
    assert client.post("/tokens/add/", new_token()).status_code == 422
    assert text_on(client.post("/tokens/add/", new_token(scopes=["read"])).content.decode())
    assert Token.objects.get().scopes == [Scope.READ]


def test_a_budget_comes_with_a_token_that_can_spend(as_member: Client, member: Member) -> None:
    as_member.post("/tokens/add/", new_token(credits="500", period="week"))
    budget = Budget.objects.get()
    assert (budget.name, budget.limit, budget.is_hard) == ("Night script (Member), each week", 500, True)
    assert budget.from_day <= timezone.localdate()
    as_member.post("/tokens/add/", new_token(name="Reader", scopes=["read"], credits="500", period="week"))
    assert Token.objects.count() == 2
    assert Budget.objects.count() == 1


# ── The list ────────────────────────────────────────────────────────────────────────────────────────────
def test_the_list_tells_what_one_needs_to_know_of_each_token(as_member: Client, member: Member) -> None:
    token, _ = a_token(member, expires_at=timezone.make_aware(datetime(2099, 5, 4, 12)))
    token_budgets.set_budget(token, TokenBudget(400, Budget.Period.DAY), by=member)
    a_job("completed", owner=member, api_token=token)
    a_job("completed", owner=member)
    a_token(member, [Scope.READ], name="Old reader", expires_at=timezone.now(), last_used_at=timezone.now())
    page = text_of(as_member.get("/tokens/"))
    for words in ("Night script", "Read and generate", "4 May 2099", "Last used never", "100 credits"):
        assert words in page
    assert "100 of 400 credits" in page
    assert "300 left until" in page
    for words in ("Old reader", "Read only", "Expired", "Last used now"):
        assert words in page


def test_a_list_of_many_tokens_takes_no_more_questions(as_member: Client, member: Member) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    asked = []
    for _ in range(3):
        a_token(member)
        with CaptureQueriesContext(connection) as questions:
            as_member.get("/tokens/")
        asked.append(len(questions))
    assert asked[1] == asked[2]


def test_everybody_sees_their_own_tokens_only(as_member: Client, admin: Member) -> None:
    token, _ = a_token(admin, name="Key to the vault")
    assert "Key to the vault" not in text_of(as_member.get("/tokens/"))
    for page in ("revoke", "spending"):
        assert as_member.get(f"/tokens/{token.pk}/{page}/").status_code == 404
        assert as_member.post(f"/tokens/{token.pk}/{page}/").status_code == 404
    assert Token.objects.get().revoked_at is None


# ── Taking one back ─────────────────────────────────────────────────────────────────────────────────────
def test_a_token_is_taken_back_in_two_steps_and_its_budget_ends(as_member: Client, member: Member) -> None:
    token, text = a_token(member)
    token_budgets.set_budget(token, TokenBudget(400), by=member)
    assert "Revoke the token “Night script”?" in text_of(as_member.get(f"/tokens/{token.pk}/revoke/"))
    assert keyring.find(text)
    page = text_of(as_member.post(f"/tokens/{token.pk}/revoke/", follow=True))
    assert "Token “Night script” revoked. It no longer works." in page
    assert keyring.find(text) is None
    assert not Budget.objects.running().exists()
    assert as_member.post(f"/tokens/{token.pk}/revoke/").status_code == 404, "it is not in the list any more"
    actions = AuditEntry.objects.order_by("number").values_list("action", flat=True)
    assert list(actions) == ["token.issued", "budget.set", "budget.ended", "token.revoked"]


def test_an_admin_sees_everybodys_tokens_and_takes_any_of_them_back(as_admin: Client, member: Member) -> None:
    token, text = a_token(member)
    page = text_of(as_admin.get("/people/"))
    assert (
        f"Night script dly_…{token.ending} Member · Read and generate · does not expire · never used" in page
    )
    assert "Revoke the token “Night script” of Member?" in text_of(
        as_admin.get(f"/tokens/{token.pk}/revoke/")
    )
    gone = as_admin.post(f"/tokens/{token.pk}/revoke/", follow=True)
    assert gone.redirect_chain == [("/people/", 302)]
    assert keyring.find(text) is None
    assert "Night script dly_" not in text_of(gone)


def test_who_leaves_loses_their_tokens_for_good(as_admin: Client, admin: Member) -> None:
    leaving = a_member("leaving@example.com", name="Leaving")
    token, text = a_token(leaving)
    a_token(leaving, [Scope.READ])
    token_budgets.set_budget(token, TokenBudget(400), by=leaving)
    a_job(owner=leaving, api_token=token)
    as_admin.post(f"/people/{leaving.pk}/deactivate/", {"clips": "unfinished", "to": admin.pk})
    assert not Token.objects.active().exists()
    assert not Budget.objects.running().exists()
    as_admin.post(f"/people/{leaving.pk}/reactivate/")
    assert keyring.find(text) is None


# ── What it may spend ───────────────────────────────────────────────────────────────────────────────────
def test_one_sets_changes_and_ends_the_budget_of_ones_own_token(as_member: Client, member: Member) -> None:
    token, _ = a_token(member)
    address = f"/tokens/{token.pk}/spending/"
    said = text_of(as_member.post(address, {"credits": "400", "period": "month"}, follow=True))
    assert "Spending limits of “Night script” updated." in said
    assert 'value="400"' in as_member.get(address).content.decode()
    as_member.post(address, {"credits": "900", "period": "month"})
    assert Budget.objects.get().limit == 900
    as_member.post(address, {"credits": "90", "period": "day"})
    assert Budget.objects.running().get().period == "day"
    said = text_of(as_member.post(address, {"credits": "", "period": "day"}, follow=True))
    assert "Spending limits of “Night script” updated." in said
    assert not Budget.objects.running().exists()
    assert as_member.post(address, {"credits": "-1"}).status_code == 422


def test_what_its_owner_says_it_may_spend_at_most_is_a_hard_limit(as_member: Client, member: Member) -> None:
    """Also where a manager had set one that lets more be asked for."""
    token, _ = a_token(member)
    budget = a_budget(400, scope="token", token=token, is_hard=False)
    as_member.post(f"/tokens/{token.pk}/spending/", {"credits": "400", "period": "month"})
    budget.refresh_from_db()
    assert (budget.limit, budget.is_hard) == (400, True)
    assert must(AuditEntry.objects.order_by("-number").first()).detail["hard"] is True


def test_a_token_is_for_a_project_and_can_be_moved_to_another(as_member: Client, member: Member) -> None:
    assert 'name="project"' not in as_member.get("/tokens/add/").content.decode(), "there is one only"
    autumn, elsewhere = a_project("Autumn", member), a_project("Elsewhere", a_manager())
    assert as_member.post("/tokens/add/", new_token(project=elsewhere.pk)).status_code == 422
    as_member.post("/tokens/add/", new_token(project=autumn.pk))
    token = Token.objects.get()
    assert token.project == autumn
    assert "Project Autumn" in text_of(as_member.get("/tokens/"))
    general = Project.objects.general()
    as_member.post(f"/tokens/{token.pk}/spending/", {"project": general.pk})
    token.refresh_from_db()
    assert token.project == general
    moved = AuditEntry.objects.get(action="token.moved")
    assert (moved.by_id, moved.detail["project"]) == (member.pk, "General")


def test_a_token_that_only_reads_is_for_no_project(as_member: Client, member: Member) -> None:
    as_member.post("/tokens/add/", new_token(scopes=["read"], project=a_project("Autumn", member).pk))
    assert Token.objects.get().project is None


def test_whose_project_was_archived_is_told_to_choose_another(as_member: Client, member: Member) -> None:
    token, _ = a_token(member, project=a_project("Autumn", member))
    assert "You can no longer make clips in Autumn" not in text_of(as_member.get("/tokens/"))
    a_project("Autumn", is_archived=True)
    address = f"/tokens/{token.pk}/spending/"
    for page in ("/tokens/", address):
        assert "You can no longer make clips in Autumn" in text_of(as_member.get(page))
    as_member.post(address, {"project": Project.objects.general().pk})
    assert "You can no longer make clips in Autumn" not in text_of(as_member.get("/tokens/"))


def test_a_manager_limits_anybodys_token_and_its_owner_finds_it_among_the_budgets(
    as_member: Client, member: Member
) -> None:
    token, _ = a_token(member)
    gone = a_token(member, name="Gone", revoked_at=timezone.now())[0]
    manager = Client()
    manager.force_login(a_manager())
    assert "Night script (Member)" in manager.get("/credits/budgets/add/").content.decode()
    told = {"scope": "token", "limit": "300", "period": "month", "strength": "hard"}
    for wrong in ("", gone.pk):
        assert manager.post("/credits/budgets/add/", {**told, "token": wrong}).status_code == 422
    manager.post("/credits/budgets/add/", {**told, "token": token.pk})
    assert Budget.objects.get().about == "Night script (Member)"
    page = as_member.get("/credits/budgets/").content.decode()
    assert f'href="/tokens/{token.pk}/spending/"' in page
    assert "Night script (Member)" in page


def test_nobody_asks_for_more_of_the_budget_of_anothers_token(as_member: Client, admin: Member) -> None:
    budget = a_budget(50, scope="token", token=a_token(admin)[0])
    assert as_member.get(f"/credits/budgets/{budget.pk}/ask/").status_code == 404
    assert f"/budgets/{budget.pk}/ask/" not in as_member.get("/credits/budgets/").content.decode()


# ── Clips ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_clip_names_the_token_that_asked_for_it(as_member: Client, member: Member) -> None:
    token, _ = a_token(member)
    asked, clicked = a_job(owner=member, api_token=token), a_job(owner=member)
    assert "Requested by the token Night script" in text_of(as_member.get(f"/jobs/{asked.pk}/"))
    assert "the token" not in text_of(as_member.get(f"/jobs/{clicked.pk}/"))
    token_budgets.revoke(token, by=member)
    assert "Night script revoked" in text_of(as_member.get(f"/jobs/{asked.pk}/"))


@pytest.mark.parametrize(
    ("value", "words"),
    [("{token}", "Requested by the token Night script (Member)"), ("0", "Requested in the browser")],
)
def test_the_list_of_clips_is_narrowed_to_a_token_and_stays_so(
    value: str, words: str, as_member: Client, member: Member
) -> None:
    token, _ = a_token(member)
    jobs = {str(token.pk): a_job(owner=member, api_token=token), "0": a_job(owner=member)}
    wanted = value.format(token=token.pk)
    page = as_member.get(f"/jobs/?token={wanted}").content.decode()
    assert [row["data-job-id"] for row in rows_of(page)] == [str(jobs[wanted].pk)]
    assert words in page
    assert f'<input type="hidden" name="token" value="{wanted}">' in page
    poll = must(re.search(r'hx-get="(/jobs/live/[^"]+)"', page))[1].replace("&amp;", "&")
    assert f"token={wanted}" in poll
    later = [a_job(owner=member, api_token=token), a_job(owner=member)][wanted == "0"]
    changes = as_member.get(poll, headers={"HX-Request": "true"}).content.decode()
    assert {row["data-job-id"] for row in rows_of(changes)} == {str(later.pk)}


def test_a_token_that_is_not_known_narrows_nothing_and_that_is_said(as_member: Client) -> None:
    a_job()
    page = as_member.get("/jobs/?token=77").content.decode()
    assert "This token does not exist" in page
    assert len(rows_of(page)) == 1
