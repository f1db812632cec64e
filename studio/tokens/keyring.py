"""Tokens: made, shown once, known again, taken back."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from studio.audit.log import record
from studio.core.errors import UserFacingError
from studio.core.rows import compare_and_set
from studio.team.models import Member, digest
from studio.tokens.models import LONGEST_NAME, Scope, Token

PREFIX = "dly_"  # so that a token is known for one wherever it is found
MOST = 50  # active tokens of one member
USE_IS_NOTED_EVERY = timedelta(minutes=1)


class CannotIssue(UserFacingError):
    """``field`` is the form field at fault, "" for the form as a whole."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@sensitive_variables("text")
def issue(
    owner: Member,
    name: str,
    scopes: Iterable[Scope],
    expires_at: datetime | None = None,
    *,
    project_id: int | None = None,
    by: Member | None,
) -> tuple[Token, str]:
    """A new token, and its text, which is told now and never again. ``by`` is None at the command line.

    Whether the owner may make clips in that project, studio.jobs.money.token_budgets knows.

    Raises CannotIssue.
    """
    wanted = [scope for scope in Scope if scope in scopes]
    if not name.strip():
        raise CannotIssue("Give it a name that tells where it is used.", "name")
    if len(name.strip()) > LONGEST_NAME:
        raise CannotIssue(f"A name has {LONGEST_NAME} characters at most.", "name")
    if not wanted:
        raise CannotIssue("Choose what it may do.", "scopes")
    if Scope.GENERATE in wanted and not owner.makes_clips:
        raise CannotIssue(
            "A viewer makes no clips, and neither does a viewer’s token: let it only read.", "scopes"
        )
    if expires_at is not None and expires_at <= timezone.now():
        raise CannotIssue("It would have run out already.", "expires_at")
    if owner.tokens.active().count() >= MOST:
        raise CannotIssue(f"There are {MOST} tokens already: revoke one first.")
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = Token.objects.create(
            owner=owner,
            name=name.strip(),
            token_hash=digest(text),
            ending=text[-4:],
            scopes=wanted,
            project_id=project_id,
            expires_at=expires_at,
        )
        _record("token.issued", token, by=by, scopes=wanted, ends=expires_at or "never", **_in_project(token))
    return token, text


def revoke(token: Token, *, by: Member | None) -> None:
    """It opens nothing from here on. Twice is harmless. Its budgets: see studio.jobs.money.token_budgets."""
    with transaction.atomic():
        if compare_and_set(Token.objects.active(), token, revoked_at=timezone.now()):
            _record("token.revoked", token, by=by)


def move(token: Token, project_id: int, *, by: Member | None) -> None:
    """What it asks for from here on is made in that project; see studio.jobs.money.token_budgets."""
    with transaction.atomic():
        Token.objects.filter(pk=token.pk).update(project_id=project_id)
        token.refresh_from_db(fields=["project"])
        _record("token.moved", token, by=by, **_in_project(token))


@sensitive_variables("text")
def find(text: str) -> Token | None:
    """The usable token that ``text`` is; None for any other."""
    if not text.startswith(PREFIX):
        return None
    return Token.objects.usable().select_related("owner", "project").filter(token_hash=digest(text)).first()


def note_use(token: Token) -> None:
    """To the minute: a script that polls does not write each time."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
    compare_and_set(Token.objects.filter(stale), token, last_used_at=now)


def _in_project(token: Token) -> dict[str, str]:
    return {"project": str(token.project)} if token.project else {}


def _record(action: str, token: Token, *, by: Member | None, **detail: object) -> None:
    record(action, by=by, about=f"token:{token.pk}", name=token.name, owner=str(token.owner), **detail)
