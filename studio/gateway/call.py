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
    """Decorate the view of one call, which gets the Caller as its second argument. Any of ``scopes`` is enough.

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
                # Scripts get the error as JSON.
                log.exception("%s %s failed", request.method, request.path)
                return _fault(error).answer()

        return answered

    return decorate


def _fault(error: Exception) -> Problem:
    if outage := outage_of(error):
        return Problem.of_outage(outage)
    return Problem(500, "Something went wrong on our side. The error was logged.")


def expect_method(request: HttpRequest, methods: frozenset[str]) -> None:
    """Raises Problem (405)."""
    if request.method not in methods:
        allowed = ", ".join(sorted(methods))
        raise Problem(405, f"This endpoint supports {allowed}.", headers={"Allow": allowed})


@sensitive_variables()
def _caller(request: HttpRequest, scopes: tuple[Scope, ...]) -> Caller:
    text = _credential(request.headers.get("Authorization", ""))
    if not text:
        raise Problem(401, "Send your token: Authorization: Bearer YOUR_TOKEN.", headers=ASK_FOR_TOKEN)
    token = keyring.find(text)
    if token is None:
        raise Problem(401, "This token is invalid, revoked or expired.", headers=ASK_FOR_ANOTHER)
    if not any(token.may(scope) for scope in scopes):
        raise Problem(403, f"This token lacks the “{scopes[0]}” scope.")
    keyring.note_use(token)
    return Caller(token)


@sensitive_variables()
def has_token(request: HttpRequest) -> bool:
    """Whether the request carries a valid token, whatever its scopes."""
    text = _credential(request.headers.get("Authorization", ""))
    return bool(text) and keyring.find(text) is not None


@sensitive_variables()
def _credential(header: str) -> str:
    """The key in ``Bearer KEY``, ``Token KEY``, or alone."""
    words = header.split()
    if len(words) == 2 and words[0].lower() in SCHEMES:
        return words[1]
    return words[0] if len(words) == 1 else ""
