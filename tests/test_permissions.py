"""Every address, opened and posted to as each role, with one's own things and with a colleague's.

Who adds an address says in RULES who may open it. What is refused is a 404, and changes no row; what is allowed
is answered, and what is posted changes something: so a form that is refused is one that would have counted.
Reading changes nothing, and a page offers nobody what is refused to them.
"""

import re
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from studio.catalog import hooks, own_parameters, register
from studio.catalog.models import Connection, StudioModel
from studio.credits.budget_changes import ask_for_more
from studio.jobs.dispatch.priority import move_first
from studio.jobs.models import HistoryRecord, Job
from studio.notify.kinds import Kind
from studio.notify.models import Delivery, Format, Hook, Notification
from studio.notify.outbox import send_sample
from studio.notify.telling import notify
from studio.team.models import Invitation, Member, Role
from studio.tokens.models import Scope
from studio.upstream.secret import Secret
from tests.factories import a_budget, a_difference, a_job, a_member, a_model, a_project, a_token, altered
from tests.responses import Response
from tests.rows import changed_tables, for_nothing
from tests.test_addresses import ALL, GATEWAY, PUBLIC, STEPS

type May = Callable[[Role, bool], bool]  # whether a role may, with what is their own or not


def EVERYBODY(role: Role, is_own: bool) -> bool:
    return True


def MAKERS(role: Role, is_own: bool) -> bool:
    return role != Role.VIEWER


def OWNER_OR_MANAGER(role: Role, is_own: bool) -> bool:
    """Not an owner who has become a viewer."""
    return MANAGERS(role, is_own) or (is_own and role == Role.MEMBER)


def OWNER(role: Role, is_own: bool) -> bool:
    return is_own


def MANAGERS(role: Role, is_own: bool) -> bool:
    return role in (Role.MANAGER, Role.ADMIN)


def DECIDERS_OF_OTHERS(role: Role, is_own: bool) -> bool:
    """Nobody decides on the own wish."""
    return MANAGERS(role, is_own) and not is_own


def OWN(role: Role, is_own: bool) -> bool:
    """What is one's own alone: a page that lists it lists nobody else's."""
    return is_own


def OWN_OR_ADMIN(role: Role, is_own: bool) -> bool:
    return is_own or role == Role.ADMIN


def WHO_ASKED(role: Role, is_own: bool) -> bool:
    """For themselves alone: what is private no admin hides or shows."""
    return is_own and role != Role.VIEWER


def ADMINS(role: Role, is_own: bool) -> bool:
    return role == Role.ADMIN


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may GET and POST; None where the address does not take that method."""

    get: May | None = None
    post: May | None = None
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    job: str = "queued"  # the state of the job that the address is about: see tests.factories.a_job
    only_answers: bool = False  # a POST for what should not stand in an address; it changes nothing
    is_private: bool = False  # that job
    sent_to: str = ""  # where whoever may not GET it is led instead


WISH = {"model_slug": "veo31_fast", "prompt": "a lighthouse at dawn", "aspect_ratio": "16:9"}
WISH |= {"duration_seconds": "8", "variations": "1", "token": str(uuid4())}
STUDIO = {"name": "Studio B", "base_url": "https://api.example.com", "key": "sk-0123456789abcdef"}
STUDIO |= {"posts_per_hour": "24"}
BUDGET = {"scope": "team", "limit": "700", "period": "month", "strength": "hard"}
HOOK: dict[str, Any] = {
    "name": "Clips",
    "url": "https://hooks.example.com/x",
    "form": "json",
    "kinds": ["clip_ready"],
}
PROJECT = {"name": "Autumn campaign", "colour": "teal", "for_whom": "all", "model_slug": "veo31_fast"}
NEW_PASSWORD = {
    "oldpassword": "open sesame 42",
    "password1": "another reel 42",
    "password2": "another reel 42",
}

RULES = {
    "account_change_password": Rule(EVERYBODY, EVERYBODY, form=NEW_PASSWORD),
    "account_reauthenticate": Rule(EVERYBODY, EVERYBODY, only_answers=True),
    "account_set_password": Rule(EVERYBODY, EVERYBODY, only_answers=True),  # for those who have none yet
    "api-reference": Rule(EVERYBODY),
    "approval-decide": Rule(post=DECIDERS_OF_OTHERS, job="approval", form={"verdict": "yes"}),
    "approval-list": Rule(EVERYBODY),
    "attention-badge": Rule(EVERYBODY),
    "attention-changes": Rule(EVERYBODY),
    "attention-drop": Rule(OWNER_OR_MANAGER, OWNER_OR_MANAGER, job="attention", form={"attempt": "1"}),
    "attention-list": Rule(EVERYBODY),
    "attention-send-again": Rule(OWNER_OR_MANAGER, OWNER_OR_MANAGER, job="attention", form={"attempt": "1"}),
    "attention-settle": Rule(
        post=OWNER_OR_MANAGER, job="attention", form={"attempt": "1", "upstream_id": "found-1"}
    ),
    "board": Rule(EVERYBODY),
    "board-changes": Rule(EVERYBODY, query={"since": "0"}),
    "budget-add": Rule(MANAGERS, MANAGERS, form=BUDGET),
    "budget-ask": Rule(MAKERS, MAKERS, form={"credits": "100"}),
    "budget-decide": Rule(post=DECIDERS_OF_OTHERS, form={"verdict": "yes", "credits": "100"}),
    "budget-edit": Rule(MANAGERS, MANAGERS, form=BUDGET),
    "budget-end": Rule(MANAGERS, MANAGERS),
    "budget-list": Rule(EVERYBODY),
    "audit-check": Rule(post=ADMINS),
    "audit-export": Rule(ADMINS),
    "audit-log": Rule(ADMINS),
    "connection-add": Rule(ADMINS, ADMINS, form=STUDIO),
    "connection-card": Rule(ADMINS),
    "connection-default": Rule(post=ADMINS),
    "connection-edit": Rule(ADMINS, ADMINS, form=STUDIO),
    "connection-list": Rule(ADMINS),
    "connection-pause": Rule(post=ADMINS),
    "connection-remove": Rule(post=ADMINS),
    "connection-resume": Rule(post=ADMINS),
    "connection-test": Rule(post=ADMINS),
    "create": Rule(MAKERS, MAKERS, form=WISH, sent_to="/jobs/"),
    "create-estimate": Rule(post=MAKERS, form=WISH, only_answers=True),
    "create-fields": Rule(post=MAKERS, form=WISH, only_answers=True),
    "credits": Rule(EVERYBODY),
    "credits-export": Rule(post=EVERYBODY, query={"by": "person"}, only_answers=True),
    "delivery-again": Rule(post=OWN_OR_ADMIN),
    "delivery-list": Rule(EVERYBODY),
    "difference-classify": Rule(post=MANAGERS, form={"kind": "unknown", "decisions": "0"}),
    "history": Rule(EVERYBODY),
    "hold-release": Rule(ADMINS, ADMINS),
    "hook-add": Rule(EVERYBODY, EVERYBODY, form=HOOK),
    "hook-edit": Rule(OWN, OWN, form={"kinds": ["clip_failed"]}),
    "hook-remove": Rule(post=OWN),
    "hook-rotate": Rule(post=OWN),
    "hook-test": Rule(post=OWN),
    "invitation-create": Rule(post=ADMINS, form={"email": "new@example.com", "role": "member"}),
    "invitation-withdraw": Rule(post=ADMINS),
    "job-address": Rule(post=OWNER_OR_MANAGER, job="lost", form={"url": "https://cdn.example.com/a.mp4"}),
    "job-cancel": Rule(post=OWNER_OR_MANAGER),
    "job-changes": Rule(EVERYBODY, query={"since": "0"}),
    "job-copy-again": Rule(post=OWNER_OR_MANAGER, job="lost"),
    "job-detail": Rule(EVERYBODY),
    "job-detail-changes": Rule(EVERYBODY, query={"since": "0"}),
    "job-first": Rule(post=MANAGERS),
    "job-hide": Rule(post=WHO_ASKED),
    "job-in-line": Rule(post=MANAGERS, job="moved first"),
    "job-list": Rule(EVERYBODY),
    "job-mark-failed": Rule(post=OWNER_OR_MANAGER, job="unclear"),
    "job-show": Rule(post=WHO_ASKED, is_private=True),
    "job-stop": Rule(OWNER_OR_MANAGER, OWNER_OR_MANAGER, job="pending"),
    "job-try-again": Rule(post=OWNER_OR_MANAGER, job="blocked"),
    "job-waits": Rule(EVERYBODY),
    "ledger": Rule(EVERYBODY),
    "ledger-export": Rule(post=EVERYBODY, only_answers=True),
    "media": Rule(EVERYBODY),
    "member-deactivate": Rule(ADMINS, ADMINS),
    "member-edit": Rule(ADMINS, ADMINS, form={"role": "manager"}),
    "member-factor-forget": Rule(post=ADMINS),
    "member-link": Rule(post=ADMINS),
    "member-reactivate": Rule(post=ADMINS),
    # What concerns one's own second factor asks for the password first: see tests.team.test_second_factor.
    "mfa_activate_totp": Rule(EVERYBODY, EVERYBODY, only_answers=True),
    "mfa_add_webauthn": Rule(EVERYBODY, EVERYBODY, only_answers=True),
    "mfa_deactivate_totp": Rule(),  # for those who have one
    "mfa_edit_webauthn": Rule(EVERYBODY, EVERYBODY, only_answers=True),
    "mfa_generate_recovery_codes": Rule(EVERYBODY, EVERYBODY, only_answers=True),
    "mfa_index": Rule(EVERYBODY),
    "mfa_list_webauthn": Rule(EVERYBODY),
    "mfa_reauthenticate": Rule(EVERYBODY, EVERYBODY, only_answers=True),
    "mfa_reauthenticate_webauthn": Rule(EVERYBODY, EVERYBODY, only_answers=True),
    "mfa_remove_webauthn": Rule(EVERYBODY, EVERYBODY, only_answers=True),
    "mfa_view_recovery_codes": Rule(),  # for those who have some
    "model-compare": Rule(EVERYBODY),
    "model-detail": Rule(EVERYBODY),
    "model-list": Rule(EVERYBODY),
    "model-parameter": Rule(ADMINS, ADMINS, form={"name": "sparkle", "kind": "text"}),
    "model-parameter-hide": Rule(post=ADMINS, form={"name": "aspect_ratio"}),
    "model-parameter-reset": Rule(post=ADMINS, form={"name": "prompt_directory_optin"}),
    "model-snippets": Rule(post=EVERYBODY, only_answers=True),
    "models-read": Rule(MAKERS),
    "models-refresh": Rule(post=MAKERS),
    "models-wait": Rule(MAKERS),
    "notification-bell": Rule(EVERYBODY),
    "notification-list": Rule(EVERYBODY),
    "notification-open": Rule(post=OWN),
    "notification-read": Rule(post=OWN),
    "notification-read-all": Rule(post=EVERYBODY, form={"newest": "1000000"}),
    "notification-settings": Rule(EVERYBODY, EVERYBODY, form={"clip_failed-page": "on"}),
    "people-list": Rule(ADMINS),
    "price-list": Rule(EVERYBODY),
    "spending-rules": Rule(post=MANAGERS, form={"approve_from": "300"}),
    "project-add": Rule(MANAGERS, MANAGERS, form=PROJECT),
    "project-archive": Rule(MANAGERS, MANAGERS),
    "project-detail": Rule(EVERYBODY),
    "project-edit": Rule(MANAGERS, MANAGERS, form=PROJECT),
    "project-list": Rule(EVERYBODY),
    "project-restore": Rule(post=MANAGERS),
    "project-settings": Rule(post=MANAGERS, form=PROJECT, only_answers=True),
    "reconciliation": Rule(EVERYBODY),
    "profile": Rule(EVERYBODY, EVERYBODY, form={"name": "Somebody else", "email": "else@example.com"}),
    "request-secret": Rule(MAKERS, MAKERS),
    "security": Rule(EVERYBODY),
    "session-end": Rule(post=OWNER),
    "sessions-end": Rule(post=EVERYBODY, only_answers=True),  # nobody here has another one
    "token-add": Rule(EVERYBODY, EVERYBODY, form={"name": "Night script", "scopes": ["read"], "lasts": "90"}),
    "token-spending": Rule(OWN, OWN, form={"credits": "200", "period": "month"}),
    "token-list": Rule(EVERYBODY),
    "token-revoke": Rule(OWN_OR_ADMIN, OWN_OR_ADMIN),
    "team-hook-add": Rule(ADMINS, ADMINS, form=HOOK),
    "team-hooks": Rule(ADMINS),
}


def full_name(name: str) -> str:
    return name if name in ALL else f"dashboard:{name}"


class Team:
    """Somebody of each role, a colleague, and one of everything that addresses are about."""

    def __init__(self) -> None:
        self.people = {role: a_member(f"{role}@example.com", role=role) for role in Role}
        own_parameters.hide(a_model(), "prompt_directory_optin", by=self.people[Role.ADMIN])
        self.colleague = a_member("colleague@example.com")
        Authenticator.objects.create(user=self.colleague, type="totp", data={"secret": "sealed"})
        self.sign_in()

    def sign_in(self) -> None:
        self.clients = {role: Client() for role in Role}
        for role, client in self.clients.items():
            client.force_login(self.people[role])
        notify(Kind.CLIP_READY, self.people.values(), about="a clip", title="A clip is ready")

    def address(self, name: str, owner: Member, rule: Rule) -> str:
        samples: dict[str, Callable[[], Any]] = {
            "approval_id": lambda: self.job(owner, "approval").submission.approval_id,
            "budget_id": lambda: a_budget(scope="each").pk,
            "request_id": lambda: ask_for_more(a_budget(scope="each"), owner, 100, "").pk,
            "connection_id": lambda: self.connection_for(name).pk,
            "file_format": lambda: "csv",
            "delivery_id": lambda: self.failed_delivery(owner).pk,
            "hook_id": lambda: self.hook(owner).pk,
            "difference_id": lambda: a_difference().pk,
            "invitation_id": lambda: Invitation.objects.issue(invited_by=self.people[Role.ADMIN]).pk,
            "project_id": lambda: a_project(is_archived=name == "project-restore").pk,
            "job_id": lambda: self.job(owner, rule.job, rule.is_private).pk,
            "member_id": lambda: self.colleague.pk,
            "notification_id": lambda: self.notification(owner).pk,
            "pk": lambda: 1,
            "token_id": lambda: a_token(owner, [Scope.READ])[0].pk,
            "session_id": lambda: a_session(owner).pk,
            "model_id": lambda: StudioModel.objects.get(slug="veo31_fast").pk,
            "name": lambda: default_storage.save("clips/aa/aa-proxy.mp4", ContentFile(b"a clip")),
        }
        return reverse(full_name(name), kwargs={key: samples[key]() for key in arguments(name)})

    @cached_property
    def connection(self) -> Connection:
        """An account beside the default one, its queue held since a backup was restored."""
        added = register.add("Studio A", STUDIO["base_url"], 24, Secret(STUDIO["key"]))
        Connection.objects.filter(pk=added.pk).update(held_since=timezone.now(), held_from=timezone.now())
        return added

    def connection_for(self, name: str) -> Connection:
        if name == "connection-resume":
            Connection.objects.filter(pk=self.connection.pk).update(paused_since=timezone.now())
        return self.connection

    def job(self, owner: Member, state: str, is_private: bool = False) -> Job:
        """Where it is in doubt, the studio's history shows a clip that could be it."""
        moved = state == "moved first"
        job = altered(a_job("queued" if moved else state, owner=owner), is_private=is_private)
        if moved:
            move_first(job, self.people[Role.MANAGER])
        if state == "attention":
            told: dict[str, Any] = {
                "raw": {},
                "state": "pending",
                "prompt": job.prompt,
                "made_at": job.submission.sent_at,
            }
            HistoryRecord.objects.get_or_create(
                connection=job.connection, upstream_id="found-1", defaults=told
            )
        return job

    def hook(self, owner: Member) -> Hook:
        return hooks.add(owner, "Clips", HOOK["url"], Format.JSON, list(Kind))[0]

    def failed_delivery(self, owner: Member) -> Delivery:
        sample = send_sample(self.hook(owner))
        Delivery.objects.filter(pk=sample.pk).update(state="failed")
        return sample

    def notification(self, owner: Member) -> Notification:
        notify(Kind.CLIP_FAILED, [owner], about="another clip", title="Another clip failed")
        return Notification.objects.get(person=owner, about="another clip")


def a_session(owner: Member) -> UserSession:
    return UserSession.objects.create(user=owner, ip="127.0.0.1", session_key=uuid4().hex)


OWNED = {  # arguments whose thing belongs to somebody
    "approval_id",
    "delivery_id",
    "hook_id",
    "job_id",
    "notification_id",
    "request_id",
    "session_id",
    "token_id",
}


def arguments(name: str) -> set[str]:
    return set(ALL[full_name(name)].pattern.converters)


@pytest.fixture
def team(db: None, settings, tmp_path: Path) -> Team:
    settings.MEDIA_ROOT = tmp_path
    return Team()


def test_every_address_has_a_rule() -> None:
    assert {full_name(name) for name in RULES} == set(ALL) - PUBLIC - STEPS - GATEWAY


PARTS = 4  # several processes share the work


@pytest.mark.timeout(600)  # it asks every address as everyone
@pytest.mark.parametrize("part", range(PARTS))
def test_every_address_opens_to_those_whom_its_rule_names(team: Team, part: int) -> None:
    rules = sorted(RULES.items())[part::PARTS]
    assert [wrong for name, rule in rules for wrong in _all_wrong(rule, name, team)] == []


def _all_wrong(rule: Rule, name: str, team: Team) -> list[str]:
    """What an address is about is there for its own looks alone."""
    with for_nothing():
        mine = copy(team)
        mine.sign_in()  # anew: what was asked before may have ended a session
        return list(_broken(rule, name, mine))


def _broken(rule: Rule, name: str, team: Team) -> Iterator[str]:
    for role, is_own, address in _ways(rule, name, team):
        for method in ("get", "post"):
            if getattr(rule, method) is None and role != Role.ADMIN:
                continue  # who is refused a method that does not exist makes no difference
            if wrong := _wrong(rule, method, role, is_own, team.clients[role], address):
                yield f"{role} {method} {address} ({'own' if is_own else 'not own'}): {wrong}"


def _ways(rule: Rule, name: str, team: Team) -> Iterator[tuple[Role, bool, str]]:
    """Each role with the colleague's address, and with one of its own where things have owners."""
    of_a_colleague = team.address(name, team.colleague, rule)
    for role, person in team.people.items():
        yield role, False, of_a_colleague
        if arguments(name) & OWNED:
            yield role, True, team.address(name, person, rule)


def _wrong(rule: Rule, method: str, role: Role, is_own: bool, client: Client, address: str) -> str:
    """What is not as the rule says; "" when all is."""
    may = rule.get if method == "get" else rule.post
    allowed = may is not None and may(role, is_own)
    with for_nothing(), changed_tables(SESSIONS | RECORDED) as changes:
        response = client.get(address, rule.query) if method == "get" else client.post(address, rule.form)
        b"".join(response)  # closes the file behind it
    if _opened(response, rule) != allowed:
        return f"answered {response.status_code}, which {'refuses' if allowed else 'allows'} it"
    if may is None and response.status_code not in (404, 405):
        return f"answered {response.status_code}, not that it takes no {method}"
    counts = allowed and method == "post" and not rule.only_answers
    if bool(changes) != counts:
        return f"changed {sorted(set(changes)) or 'nothing'}"
    if refused := [told for told in _offers(response) if not _is_open(*told, role, is_own)]:
        return f"offers {refused}"
    return ""


def _opened(response: Response, rule: Rule) -> bool:
    return response.status_code < 400 and not (rule.sent_to and response.get("Location") == rule.sent_to)


OFFER = re.compile(r'\b(href|action|formaction|hx-get|hx-post)="([^"]+)"')


def _offers(response: Response) -> set[tuple[str, str]]:
    """Where the page leads: method and name of each address of ours but the start, which is another for each."""
    found = [] if response.streaming else OFFER.findall(response.content.decode())
    return {
        ("get" if attribute in ("href", "hx-get") else "post", name)
        for attribute, url in found
        if url != "/" and (name := _name_at(url.partition("?")[0]))
    }


def _name_at(path: str) -> str:
    """ "" where nothing of ours is, or no rule is needed."""
    try:
        name = resolve(path).view_name.removeprefix("dashboard:")
    except Resolver404:
        return ""
    return name if name in RULES else ""


def _is_open(method: str, name: str, role: Role, is_own: bool) -> bool:
    """A form may be one that only asks."""
    rule = RULES[name]
    may = rule.get if method == "get" else rule.post or rule.get
    return may is not None and (may is OWN or may(role, is_own))


SESSIONS = {"django_session", "cache"}  # of whoever asks, not of the team
RECORDED = {"audit_entry", "audit_head"}  # tell of a change, or of an export, which is none
