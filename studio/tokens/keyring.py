"""Issues, finds, changes and revokes tokens."""

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

PREFIX = "dly_"  # makes a token recognizable wherever it is found
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
    """Issue a token. Returns it and its text, which is shown only once. ``by`` is None on the command line.

    It does not check whether the owner can use the project: studio.jobs.money.token_budgets does.

    Raises CannotIssue.
    """
    wanted = [scope for scope in Scope if scope in scopes]
    if not name.strip():
        raise CannotIssue("Enter a name that says where it is used.", "name")
    if len(name.strip()) > LONGEST_NAME:
        raise CannotIssue(f"A name can have up to {LONGEST_NAME} characters.", "name")
    if not wanted:
        raise CannotIssue("Choose at least one scope.", "scopes")
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
    """Revoke the token. Safe to repeat. Its budgets: see studio.jobs.money.token_budgets."""
    with transaction.atomic():
        if compare_and_set(Token.objects.active(), token, revoked_at=timezone.now()):
            _record("token.revoked", token, by=by)


def move(token: Token, project_id: int, *, by: Member | None) -> None:
    """Create its clips in another project from now on; see studio.jobs.money.token_budgets."""
    with transaction.atomic():
        Token.objects.filter(pk=token.pk).update(project_id=project_id)
        token.refresh_from_db(fields=["project"])
        _record("token.moved", token, by=by, **_in_project(token))


@sensitive_variables("text")
def find(text: str) -> Token | None:
    """The usable token with that text; None for any other text."""
    if not text.startswith(PREFIX):
        return None
    return Token.objects.usable().select_related("owner", "project").filter(token_hash=digest(text)).first()


def note_use(token: Token) -> None:
    """Record the time, at most once a minute, so that a polling script does not write each time."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
    compare_and_set(Token.objects.filter(stale), token, last_used_at=now)


def _in_project(token: Token) -> dict[str, str]:
    return {"project": str(token.project)} if token.project else {}


def _record(action: str, token: Token, *, by: Member | None, **detail: object) -> None:
    record(action, by=by, about=f"token:{token.pk}", name=token.name, owner=str(token.owner), **detail)
