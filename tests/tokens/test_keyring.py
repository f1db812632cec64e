"""Tokens: what opens, what does not any more, and what is kept of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from studio.audit.models import Entry
from studio.team.models import Member, Role, digest
from studio.tokens import keyring
from studio.tokens.keyring import CannotIssue
from studio.tokens.models import Scope, Token
from tests.factories import a_member, a_token
from tests.must import must

pytestmark = pytest.mark.django_db


def refusal(owner: Member, name: str = "Night script", scopes: Any = tuple(Scope), **terms: Any) -> str:
    """The field at fault."""
    with pytest.raises(CannotIssue) as refused:
        keyring.issue(owner, name, scopes, **terms, by=owner)
    assert refused.value.sentence.endswith((".", "first."))
    assert not Token.objects.exists()
    assert not Entry.objects.exists()
    return refused.value.field


def test_the_text_of_a_token_finds_it_and_no_other_text_does(member: Member) -> None:
    token, text = a_token(member)
    a_token(member)
    assert text.startswith("dly_")
    assert keyring.find(text) == token
    for other in ("", "dly_", text[:-1], text + "x", text.removeprefix("dly_"), token.token_hash):
        assert keyring.find(other) is None


def test_only_a_digest_and_the_last_letters_are_kept(member: Member) -> None:
    token, text = a_token(member)
    kept = Token.objects.filter(pk=token.pk).values().get()
    assert (kept["token_hash"], kept["ending"]) == (digest(text), text[-4:])
    assert not any(text in str(value) for value in kept.values())


def test_a_token_opens_until_the_moment_it_runs_out(member: Member) -> None:
    lasting = a_token(member, expires_at=timezone.now() + timedelta(minutes=1))
    over = a_token(member, expires_at=timezone.now())
    assert keyring.find(lasting[1]) == lasting[0]
    assert keyring.find(over[1]) is None
    assert (lasting[0].is_usable, over[0].is_usable) == (True, False)
    assert over[0] in Token.objects.active(), "its owner still sees it"


def test_a_revoked_token_opens_nothing_and_is_revoked_once(member: Member, admin: Member) -> None:
    token, text = a_token(member)
    keyring.revoke(token, by=admin)
    moment = Token.objects.get().revoked_at
    keyring.revoke(token, by=member)
    assert keyring.find(text) is None
    assert Token.objects.get().revoked_at == moment
    assert Entry.objects.get(action="token.revoked").by == admin


def test_a_token_of_who_is_shut_out_opens_nothing(member: Member, admin: Member) -> None:
    text = a_token(member)[1]
    member.deactivate(by=admin)
    assert keyring.find(text) is None


def test_the_log_tells_who_issued_what_to_whom(member: Member) -> None:
    token, _ = keyring.issue(member, " Night script ", [Scope.GENERATE, Scope.READ, Scope.READ], by=None)
    entry = Entry.objects.get()
    assert (entry.action, entry.by, entry.about) == ("token.issued", None, f"token:{token.pk}")
    scopes = ["read", "generate"]
    assert entry.detail == {"name": "Night script", "owner": "Member", "scopes": scopes, "ends": "never"}
    end = timezone.now() + timedelta(days=3)
    keyring.issue(member, "Export", [Scope.READ], end, by=member)
    assert must(Entry.objects.order_by("-number").first()).detail["ends"] == end.isoformat()


def test_a_token_needs_a_name_something_to_do_and_time_to_do_it(member: Member) -> None:
    assert refusal(member, name="  ") == "name"
    assert refusal(member, name="n" * 61) == "name"
    assert refusal(member, scopes=()) == "scopes"
    assert refusal(member, expires_at=timezone.now()) == "expires_at"


def test_a_viewers_token_only_reads(db: None) -> None:
    viewer = a_member("viewer@example.com", role=Role.VIEWER)
    assert refusal(viewer) == "scopes"
    token, _ = a_token(viewer, [Scope.READ])
    assert (token.may(Scope.READ), token.may(Scope.GENERATE)) == (True, False)


def test_nobody_has_more_standing_tokens_than_a_person_can_oversee(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "MOST", 1)
    token, _ = a_token(member)
    with pytest.raises(CannotIssue, match="revoke one first"):
        a_token(member)
    keyring.revoke(token, by=member)
    assert a_token(member)


def test_a_use_is_noted_once_a_minute(member: Member) -> None:
    token, _ = a_token(member)
    keyring.note_use(token)
    first = must(Token.objects.get().last_used_at)
    keyring.note_use(token)
    assert Token.objects.get().last_used_at == first
    earlier = first - keyring.USE_IS_NOTED_EVERY - timedelta(seconds=1)
    Token.objects.update(last_used_at=earlier)
    keyring.note_use(token)
    assert must(Token.objects.get().last_used_at) > earlier
