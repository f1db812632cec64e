"""``manage.py token``: a token at the command line."""

import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from studio.audit.models import Entry
from studio.credits.models import Budget
from studio.team.models import Member, Role
from studio.tokens import keyring
from studio.tokens.models import Token
from tests.factories import a_member, a_project
from tests.gateway.home import Home, Newcomer
from tests.installation import ROOT
from tests.must import must

pytestmark = pytest.mark.django_db


def token(*words: str, email: str = "member@example.com") -> list[str]:
    out = StringIO()
    call_command("token", "--email", email, "--name", "Night script", *words, stdout=out)
    return out.getvalue().splitlines()


def test_the_last_line_is_the_token_and_it_may_do_everything_for_90_days(member: Member) -> None:
    *before, text = token(email="Member@Example.com")
    found = keyring.find(text)
    assert found is not None
    assert (found.owner, found.scopes) == (member, ["read", "generate"])
    assert must(found.expires_at) - timezone.now() == pytest.approx(
        timedelta(days=90), abs=timedelta(minutes=1)
    )
    assert not any(text in line for line in before)
    assert Entry.objects.get().by is None


@pytest.mark.slow
def test_a_terminal_that_lacks_a_letter_is_told_the_token_all_the_same(home: Home) -> None:
    command = [sys.executable, "manage.py", "token", "--email", "admin@localhost", "--name", "Nächtlich"]
    plain = {**home.environment, "PYTHONIOENCODING": "ascii"}
    said = subprocess.run(command, cwd=ROOT, env=plain, capture_output=True, text=True, timeout=110)
    about, text = said.stdout.splitlines()
    assert about.startswith("N\\xe4chtlich, a token of admin@localhost: read and generate, until ")
    assert home.client(Newcomer(0, 0, text)).models().status == 200


def test_scopes_time_and_budget_are_those_asked_for(member: Member) -> None:
    about, _ = token("--scope", "read", "--scope", "read", "--never")
    assert about == "Night script, a token of member@example.com: read, for good."
    assert Token.objects.values_list("scopes", "expires_at").get() == (["read"], None)
    token("--days", "7", "--budget", "500", "--per", "week")
    budget = Budget.objects.get()
    assert (budget.token, budget.limit, budget.period) == (Token.objects.first(), 500, "week")


@pytest.mark.parametrize(
    ("words", "email", "sentence"),
    [
        ((), "nobody@example.com", "Nobody here has the email nobody@example.com."),
        ((), "gone@example.com", "gone@example.com is deactivated: reactivate the member first."),
        ((), "viewer@example.com", "A viewer makes no clips"),
        (("--days", "0"), "member@example.com", "a whole number from 1 to"),
        (("--budget", "many"), "member@example.com", "a whole number from 1 to"),
        (("--per", "week"), "member@example.com", "--per goes with --budget."),
        (
            ("--scope", "read", "--budget", "5"),
            "member@example.com",
            "A token that only reads spends nothing",
        ),
        (
            ("--scope", "read", "--project", "General"),
            "member@example.com",
            "A token that only reads makes no clips",
        ),
        (("--project", "Autumn"), "member@example.com", "Member makes clips in no “Autumn”, but in General."),
        (("--scope", "all"), "member@example.com", "invalid choice"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_made(
    words: tuple[str, ...], email: str, sentence: str, member: Member
) -> None:
    a_member("gone@example.com", is_active=False)
    a_member("viewer@example.com", role=Role.VIEWER)
    with pytest.raises(CommandError, match=sentence):
        token(*words, email=email)
    assert not Token.objects.exists()


def test_its_clips_are_made_in_the_project_that_was_named(member: Member) -> None:
    autumn = a_project("Autumn", member)
    token("--project", "autumn")
    assert Token.objects.get().project == autumn


def test_a_viewer_gets_a_token_that_only_reads(db: None) -> None:
    a_member("viewer@example.com", role=Role.VIEWER)
    assert keyring.find(token("--scope", "read", email="viewer@example.com")[-1])
