"""Every address of the API, by every method, with every kind of credential: what it answers, and what it leaves alone.

Who adds an address says in RULES what each token is answered. What is no token of ours is answered 401 everywhere but
at what is open to all, and opens nothing; neither does a good one outside of the API.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from studio.audit.models import Entry
from studio.jobs.models import Job
from studio.team.models import Member, Role
from studio.tokens.models import Scope, Token
from tests.factories import a_job, a_member, a_model, a_token, altered
from tests.gateway.conftest import WISH
from tests.responses import Response
from tests.rows import changed_tables, for_nothing
from tests.test_addresses import ALL, GATEWAY, PUBLIC, STEPS, address

READING, POSTING = ("GET", "HEAD"), ("POST",)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
COUNTED = {"gateway_call", "tokens_token"}  # how often a token called, and when it last did


@dataclass(frozen=True, slots=True)
class Rule:
    """The status for each token of Team, by a method that the address takes; any other is 405 to everybody."""

    read: int
    generate: int
    both: int
    viewer: int
    demoted: int
    colleague: int
    methods: tuple[str, ...] = READING
    body: dict[str, Any] = field(default_factory=dict)
    strangers: int = 401
    makes: bool = True  # a POST that is answered 200 makes a job, and changes nothing otherwise


ASKED_BY_SCRIPT, ASKED_IN_BROWSER, PRIVATE = "asked by the script", "asked in the browser", "private"
OLDER_WISH = {"prompt": "a lighthouse"}

RULES: dict[tuple[str, str], Rule] = {  # of an address, and of the job that it is about: the member's
    #                          read generate both viewer demoted colleague
    ("generate", ""): Rule(403, 200, 200, 403, 403, 200, POSTING, WISH),
    ("history", ""): Rule(200, 403, 200, 200, 200, 200),
    ("legacy-generate", ""): Rule(403, 200, 200, 403, 403, 200, POSTING, OLDER_WISH),
    ("legacy-status", ASKED_BY_SCRIPT): Rule(200, 200, 200, 404, 404, 404),
    ("legacy-status", ASKED_IN_BROWSER): Rule(200, 404, 200, 404, 404, 404),
    ("legacy-status", PRIVATE): Rule(200, 404, 200, 404, 404, 404),
    ("models", ""): Rule(200, 200, 200, 200, 200, 200),
    ("nothing", ""): Rule(404, 404, 404, 404, 404, 404, READING + POSTING),
    ("openapi", ""): Rule(200, 200, 200, 200, 200, 200, strangers=200),  # anybody may read what there is
    ("quote", ""): Rule(200, 403, 200, 403, 403, 200, POSTING, WISH, makes=False),
    ("status", ASKED_BY_SCRIPT): Rule(200, 200, 200, 404, 404, 404),
    ("status", ASKED_IN_BROWSER): Rule(200, 404, 200, 404, 404, 404),
    ("status", PRIVATE): Rule(200, 404, 200, 404, 404, 404),
}


class Team:
    """A member with three tokens and three jobs, somebody else with each other token, and what is no token at all."""

    def __init__(self) -> None:
        a_model()
        self.member, self.colleague = a_member(), a_member("colleague@example.com")
        self.tokens: dict[str, tuple[Token, str]] = {
            "read": a_token(self.member, [Scope.READ]),
            "generate": a_token(self.member, [Scope.GENERATE]),
            "both": a_token(self.member),
            "viewer": a_token(a_member("viewer@example.com", role=Role.VIEWER), [Scope.READ]),
            "demoted": a_token(a_member("demoted@example.com")),
            "colleague": a_token(self.colleague),
        }
        Member.objects.filter(email="demoted@example.com").update(role=Role.VIEWER)
        before = timezone.now() - timedelta(seconds=1)
        revoked = a_token(self.member, revoked_at=before)[1]
        left = a_token(a_member("left@example.com"))[1]
        Member.objects.filter(email="left@example.com").update(is_active=False)
        self.strangers = {
            "none": "",
            "garbage": "Bearer \x00\xff",
            "a password": "Basic bWVtYmVyQGV4YW1wbGUuY29tOm9wZW4gc2VzYW1lIDQy",
            "no such token": "Bearer dly_" + "A" * 43,
            "expired": f"Bearer {a_token(self.member, expires_at=before)[1]}",
            "revoked": f"Bearer {revoked}",
            "deactivated": f"Bearer {left}",
            "two at once": f"Bearer {self.tokens['both'][1]}, Bearer {self.tokens['both'][1]}",
            "one cut short": f"Bearer {self.tokens['both'][1][:-1]}",
            "one as a password": f"Basic {b64encode(b'x:' + self.tokens['both'][1].encode()).decode()}",
            "its number": f"Bearer {self.tokens['both'][0].pk}",
            "its digest": f"Bearer {self.tokens['both'][0].token_hash}",
        }
        self.jobs = {
            ASKED_BY_SCRIPT: altered(a_job(owner=self.member), api_token=self.tokens["generate"][0]),
            ASKED_IN_BROWSER: a_job(owner=self.member),
            PRIVATE: a_job("stored", owner=self.member, is_private=True),
        }

    @property
    def texts(self) -> list[str]:
        """Of every token that was ever issued."""
        headers = self.strangers.values()
        once = [header.partition(" ")[2] for header in headers if header.startswith("Bearer dly_")]
        return [*once, *(text for _, text in self.tokens.values())]

    def address(self, name: str, of_job: str) -> str:
        values = {"job_id": of_job, "generation_id": of_job, "rest": "v1/no/such/call/"}
        wanted = ALL[f"gateway:{name}"].pattern.converters
        kwargs = {key: str(self.jobs[of_job].public_id) if of_job else values[key] for key in wanted}
        return reverse(f"gateway:{name}", kwargs=kwargs)


@pytest.fixture
def team(db: None, settings) -> Team:
    settings.API_CLIPS_PER_MINUTE = settings.API_READS_PER_MINUTE = 100_000
    return Team()


def sent(method: str, path: str, body: dict[str, Any], authorization: str, client: Client) -> Response:
    headers = {"Authorization": authorization} if authorization else {}
    data = json.dumps(body).encode() if body else b""
    return client.generic(method, path, data, content_type="application/json", headers=headers)


def test_every_address_of_the_api_has_a_rule() -> None:
    assert {f"gateway:{name}" for name, _ in RULES} == GATEWAY


def test_every_scope_has_a_token_that_holds_nothing_else(team: Team) -> None:
    alone = {token.scopes[0] for token, _ in team.tokens.values() if len(token.scopes) == 1}
    assert alone == set(Scope), "a new scope wants a column in RULES"


def test_every_token_opens_what_its_rule_says_and_changes_nothing_else(team: Team, caplog) -> None:
    caplog.set_level("DEBUG")
    assert [
        wrong for (name, of_job), rule in RULES.items() for wrong in _broken(team, name, of_job, rule)
    ] == []
    written = caplog.text + str(list(Entry.objects.values()))
    assert [text for text in team.texts if text in written] == []


def _broken(team: Team, name: str, of_job: str, rule: Rule) -> Iterator[str]:
    path = team.address(name, of_job)
    signed_in = Client()
    signed_in.force_login(team.member)
    asked = [
        (kind, f"Bearer {text}", Client(), getattr(rule, kind)) for kind, (_, text) in team.tokens.items()
    ]
    asked += [(kind, header, Client(), rule.strangers) for kind, header in team.strangers.items()]
    asked.append(("a session", "", signed_in, rule.strangers))
    for kind, authorization, client, status in asked:
        for method in METHODS:
            expected = status if method in rule.methods else 405
            with for_nothing(), changed_tables() as changed:
                answer = sent(method, path, rule.body if method == "POST" else {}, authorization, client)
            if wrong := _wrong(answer, expected, {*changed}, authorization, rule.makes):
                yield f"{kind} {method} {path} {of_job}: {wrong}"


def _wrong(answer: Response, expected: int, changed: set[str], authorization: str, makes: bool) -> str:
    """What is not as it should be; "" when all is."""
    if answer.status_code != expected:
        return f"answered {answer.status_code}, not {expected}"
    is_post = answer.wsgi_request.method == "POST"
    if expected == 200 and is_post and makes:
        return "" if "jobs_job" in changed else "made no job"
    if changed - (COUNTED if expected not in (401, 405) else set()):
        return f"changed {sorted(changed)}"
    text = authorization.partition(" ")[2]
    if expected >= 400 and text and text in answer.text:
        return "told the credential"
    if expected >= 400 and answer.wsgi_request.method != "HEAD" and answer.json()["success"] is not False:
        return "is no refusal of the API"
    return ""


def test_a_token_opens_nothing_outside_the_api(team: Team) -> None:
    header = f"Bearer {team.tokens['both'][1]}"
    opened = []
    for name in sorted(set(ALL) - GATEWAY):
        for method in METHODS:
            with for_nothing(), changed_tables({"django_session", "cache"}) as changed:
                answer = sent(method, address(name), {}, header, Client())
            is_closed = answer.get("Location", "").startswith("/accounts/login/?next=")
            if (
                answer.wsgi_request.user.is_authenticated
                or changed
                or not (is_closed or name in PUBLIC | STEPS)
            ):
                opened.append(f"{method} {name}: {answer.status_code} {changed}")
    assert opened == []


@pytest.mark.parametrize("name", ["token", "access_token", "api_key", "key", "Authorization"])
def test_a_token_comes_in_by_its_header_alone(team: Team, name: str) -> None:
    """Addresses stand in logs and histories, and browsers send cookies by themselves."""
    text = team.tokens["both"][1]
    for (address_name, of_job), rule in RULES.items():
        path, method = team.address(address_name, of_job), rule.methods[0]
        other = Client()
        other.cookies[name] = text
        beside = {
            f"X-{name.replace('_', '-')}": text,
            "Referer": f"https://dailies.example.com/?{name}={text}",
        }
        answers = [
            sent(method, f"{path}?{name}={text}", rule.body, "", Client()),
            sent(method, path, {**rule.body, name: text}, "", other),
            Client().generic(method, path, headers=beside),
        ]
        assert {answer.status_code for answer in answers} == {rule.strangers}, path


def test_a_private_clip_that_was_handed_over_is_told_without_its_prompt(team: Team) -> None:
    """It counts as one's own, but what is in it is for whoever asked for it."""
    job = altered(team.jobs[PRIVATE], owner=team.colleague)
    header = f"Bearer {team.tokens['colleague'][1]}"
    told = sent("GET", reverse("gateway:status", args=[job.public_id]), {}, header, Client())
    listed = sent("GET", reverse("gateway:history"), {}, header, Client())
    for answer in (told, listed):
        assert answer.status_code == 200
        assert str(job.public_id) in answer.text
        assert job.prompt not in answer.text
        assert "/media/" not in answer.text


def test_a_token_sees_the_jobs_of_its_member_alone(team: Team) -> None:
    for kind in ("read", "both"):
        listed = sent("GET", reverse("gateway:history"), {}, f"Bearer {team.tokens[kind][1]}", Client())
        assert {job["job_id"] for job in listed.json()["jobs"]} == {
            str(job.public_id) for job in Job.objects.all()
        }
    for kind in ("viewer", "demoted", "colleague"):
        listed = sent("GET", reverse("gateway:history"), {}, f"Bearer {team.tokens[kind][1]}", Client())
        assert listed.json()["jobs"] == []
