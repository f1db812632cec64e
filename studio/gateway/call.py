"""What every call goes through: the method, who asks with which token, how often, and refusals as JSON."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from studio.gateway import rate_limit
from studio.gateway.answers import Problem
from studio.gateway.outage import outage_of
from studio.team.models import Member
from studio.tokens import keyring
from studio.tokens.models import Scope, Token

log = logging.getLogger(__name__)

SCHEMES = ("bearer", "token")
READING = frozenset({"GET", "HEAD"})
# As RFC 6750 has it: an error only where a token came along.
ASK_FOR_TOKEN = {"WWW-Authenticate": 'Bearer realm="Dailies"'}
ASK_FOR_ANOTHER = {"WWW-Authenticate": 'Bearer realm="Dailies", error="invalid_token"'}


@dataclass(frozen=True, slots=True)
class Caller:
    """A script: whose, and by which token."""

    token: Token

    @property
    def member(self) -> Member:
        return self.token.owner


type View = Callable[..., HttpResponse]


def call(methods: frozenset[str], *scopes: Scope) -> Callable[[View], View]:
    """The view of one call, given the Caller as its second argument. Any one of ``scopes`` lets a token in.

    No session lets anybody in here, so no page of another site can make a browser ask: hence no CSRF token.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @login_not_required
        @wraps(view)
        def answered(request: HttpRequest, **kwargs: object) -> HttpResponse:
            try:
                expect_method(request, methods)
                caller = _caller(request, scopes)
                rate_limit.count(caller.token, Scope.READ if Scope.READ in scopes else Scope.GENERATE)
                return view(request, caller, **kwargs)
            except Problem as problem:
                return problem.answer()
            except Exception as error:
                # A script is told in its own language that the fault is ours.
                log.exception("%s %s failed", request.method, request.path)
                return _fault(error).answer()

        return answered

    return decorate


def _fault(error: Exception) -> Problem:
    if outage := outage_of(error):
        return Problem.of_outage(outage)
    return Problem(500, "Something went wrong here. It was written down in the log.")


def expect_method(request: HttpRequest, methods: frozenset[str]) -> None:
    """Raises Problem (405)."""
    if request.method not in methods:
        allowed = ", ".join(sorted(methods))
        raise Problem(405, f"This address takes {allowed}.", headers={"Allow": allowed})


@sensitive_variables()
def _caller(request: HttpRequest, scopes: tuple[Scope, ...]) -> Caller:
    text = _credential(request.headers.get("Authorization", ""))
    if not text:
        raise Problem(401, "Send your token: Authorization: Bearer YOUR_TOKEN.", headers=ASK_FOR_TOKEN)
    token = keyring.find(text)
    if token is None:
        raise Problem(401, "This token is wrong, revoked or has run out.", headers=ASK_FOR_ANOTHER)
    if not any(token.may(scope) for scope in scopes):
        raise Problem(403, f"This token may not {scopes[0]}: it was made without that.")
    keyring.note_use(token)
    return Caller(token)


@sensitive_variables()
def has_token(request: HttpRequest) -> bool:
    """Whether the request carries a valid token, whatever that may do."""
    text = _credential(request.headers.get("Authorization", ""))
    return bool(text) and keyring.find(text) is not None


@sensitive_variables()
def _credential(header: str) -> str:
    """Of ``Bearer KEY``, ``Token KEY`` or the bare key."""
    words = header.split()
    if len(words) == 2 and words[0].lower() in SCHEMES:
        return words[1]
    return words[0] if len(words) == 1 else ""
