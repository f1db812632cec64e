"""What caches may keep, and who may embed what: the headers of every address, in every way of asking."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from studio.team.models import Role
from studio.tokens.models import Scope
from tests.factories import a_member, a_token
from tests.rows import for_nothing
from tests.test_addresses import ALL, GATEWAY, address
from tests.test_permissions import RULES, Team

# The description of the API holds nobody's data, and is the same for everyone.
KEPT_BY_CACHES = {"gateway:openapi"}
FRAGMENT = {"HX-Request": "true"}


def wrong_headers(response: HttpResponseBase) -> str:
    """What is missing; "" when nothing."""
    caching = response.headers.get("Cache-Control", "")
    if "no-store" not in caching:
        return f"{response.status_code} may be stored: Cache-Control {caching!r}"
    if response.headers.get("Cross-Origin-Resource-Policy") != "same-origin":
        return f"{response.status_code} may be embedded elsewhere"
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    if is_page and "camera=()" not in response.headers.get("Permissions-Policy", ""):
        return f"{response.status_code} has no Permissions-Policy"
    return ""


def test_nothing_that_an_admin_opens_is_stored(db: None, settings, tmp_path: Path) -> None:
    """Each address with a thing that exists, so that pages are looked at and not only their 404s."""
    settings.MEDIA_ROOT = tmp_path
    team = Team()
    found = {name: asked_by_admin(team, name) for name in sorted(set(RULES) - {"media"})}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def asked_by_admin(team: Team, name: str) -> str:
    """As a page and as a fragment of one."""
    with for_nothing():
        path = team.address(name, team.people[Role.ADMIN], RULES[name])
        client = Client()
        client.force_login(team.people[Role.ADMIN])
        pages = (client.get(path, RULES[name].query, headers=headers) for headers in ({}, FRAGMENT))
        return next(filter(None, map(wrong_headers, pages)), "")


@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_that_a_stranger_is_answered_is_stored(db: None, client: Client, method: str) -> None:
    found = {
        name: wrong_headers(getattr(client, method)(address(name)))
        for name in sorted(set(ALL) - KEPT_BY_CACHES)
    }
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_no_answer_of_the_api_is_stored(db: None, client: Client) -> None:
    _, text = a_token(a_member("script@example.com"), list(Scope))
    headers = {"Authorization": f"Bearer {text}"}
    found = {
        name: wrong_headers(client.get(address(name), headers=headers))
        for name in sorted(GATEWAY - KEPT_BY_CACHES)
    }
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/", {"Host": "elsewhere.example.com"}, 400), ("/nowhere/", {}, 404), ("/accounts/logout", {}, 301)],
)
def test_errors_and_redirects_are_not_stored_either(
    as_member: Client, path: str, headers: dict[str, str], status: int
) -> None:
    response = as_member.get(path, headers=headers)
    assert (response.status_code, wrong_headers(response)) == (status, "")


def test_a_page_that_breaks_is_not_stored(as_member: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.jobs.views.render", None)
    as_member.raise_request_exception = False
    response = as_member.get(reverse("dashboard:job-list"))
    assert (response.status_code, wrong_headers(response)) == (500, "")


def test_static_files_and_clips_stay_in_the_browser_s_cache(
    as_member: Client, settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    name = default_storage.save("clips/aa/aa-proxy.mp4", ContentFile(b"a clip"))
    static = as_member.get("/static/dailies.css")
    clip = as_member.get(reverse("dashboard:media", args=[name]))
    document = as_member.get(reverse("gateway:openapi"))
    caching = [response.headers["Cache-Control"] for response in (static, clip, document)]
    for response in (static, clip):
        b"".join(response)
    assert ["no-store" in each for each in caching] == [False, False, False]
    assert static.headers["Cross-Origin-Resource-Policy"] == "same-origin"
