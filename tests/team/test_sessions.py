"""Where one is signed in, and signing out elsewhere."""

import re

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from dashboard.security.devices import device
from dashboard.security.middleware import SEEN_AT
from studio.audit.models import Entry
from studio.team.models import Member, SessionsEnded
from tests.team.test_sign_in import is_signed_in, sign_in

SECURITY = "/profile/security/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
    "Safari/537.36 Edg/142.0.0.0"
)


def browser(member: Member, user_agent: str = FIREFOX) -> Client:
    client = Client(headers={"User-Agent": user_agent})
    sign_in(client, member.email)
    return client


@pytest.fixture
def here(member: Member) -> Client:
    return browser(member)


def session_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


def test_each_session_is_listed_with_its_device_and_address(
    here: Client, member: Member, admin: Member
) -> None:
    browser(member, SAFARI)
    browser(admin, EDGE)
    page = here.get(SECURITY).content.decode()
    assert re.findall(r"<strong>(\w+ on \w+)</strong>(.*This device)?", page) == [
        ("Firefox on Linux", ' <span class="tag new">This device'),
        ("Safari on iPhone", ""),
    ]
    assert page.count("127.0.0.1") >= 2


def test_another_session_is_ended_and_its_open_tabs_at_once(here: Client, member: Member) -> None:
    other = browser(member, SAFARI)
    before = SessionsEnded.objects.get_or_create(pk=member.pk)[0].count
    here.post(f"{SECURITY}sessions/{session_of(other).pk}/end/")
    assert not is_signed_in(other)
    assert is_signed_in(here)
    assert SessionsEnded.objects.get(pk=member.pk).count == before + 1, "what answers polls hears of it"
    assert Entry.objects.latest("number").action == "session.ended"


def test_signing_out_everywhere_else_leaves_this_session_alone(here: Client, member: Member) -> None:
    others = [browser(member, SAFARI) for _ in range(2)]
    here.post(f"{SECURITY}sessions/end/")
    assert not any(is_signed_in(other) for other in others)
    assert is_signed_in(here)
    assert UserSession.objects.count() == 1


def test_nobody_ends_the_session_of_another(here: Client, admin: Member) -> None:
    theirs = browser(admin)
    assert here.post(f"{SECURITY}sessions/{session_of(theirs).pk}/end/").status_code == 404
    here.post(f"{SECURITY}sessions/end/")
    assert is_signed_in(theirs)


def test_a_session_that_has_ended_is_not_listed(here: Client, member: Member) -> None:
    other = browser(member, SAFARI)
    other.post("/accounts/logout/")
    assert "Safari" not in here.get(SECURITY).content.decode()


def test_a_session_from_before_there_was_a_list_gets_into_it(member: Member) -> None:
    client = Client(headers={"User-Agent": FIREFOX})
    client.force_login(member)
    session = client.session
    del session[SEEN_AT]
    session.save()
    assert "Firefox on Linux" in client.get(SECURITY).content.decode()


def test_a_page_is_noted_once_in_five_minutes_and_a_poll_never(
    here: Client, django_assert_num_queries, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = session_of(here).last_seen_at
    here.get("/profile/")
    assert session_of(here).last_seen_at == seen
    later = here.session[SEEN_AT] + 301
    monkeypatch.setattr("dashboard.security.middleware.time.time", lambda: later)
    here.get("/jobs/live/?since=0", headers={"HX-Request": "true"})
    assert session_of(here).last_seen_at == seen
    here.get("/profile/")
    assert session_of(here).last_seen_at > seen


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        ("curl/8.0 Linux", "Linux"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_told_in_words(user_agent: str, words: str) -> None:
    assert device(user_agent) == words


def test_sign_ins_and_sign_outs_are_recorded(here: Client, member: Member) -> None:
    here.post("/accounts/logout/")
    told = [(entry.action, entry.by, entry.detail) for entry in Entry.objects.order_by("number")]
    assert told == [
        ("member.signed_in", member, {"method": "password"}),
        ("member.signed_out", member, {}),
    ]
