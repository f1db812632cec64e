"""Makes a token for a member's scripts, and prints it: the one time that it is told."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from studio.credits.budget_changes import MOST
from studio.credits.models import Budget
from studio.gateway.shell.asking import Mistyped, project_named
from studio.gateway.shell.database import database_at_hand
from studio.jobs.money import token_budgets
from studio.jobs.money.token_budgets import TokenBudget
from studio.projects.models import Project
from studio.team.models import Member
from studio.tokens.keyring import CannotIssue
from studio.tokens.models import Scope

DAYS = 90
MOST_DAYS = 3_653


class Command(BaseCommand):
    help = "Make a personal token and print it, as the last line. It is not told again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="whose token it is")
        parser.add_argument("--name", required=True, help="where it is used")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            dest="scopes",
            help="what it may do; may be given twice; both if left out",
        )
        ends = parser.add_mutually_exclusive_group()
        ends.add_argument(
            "--days", type=_up_to(MOST_DAYS), default=DAYS, help=f"how long it works; {DAYS} days"
        )
        ends.add_argument("--never", action="store_true", help="it does not run out")
        parser.add_argument(
            "--budget", type=_up_to(MOST), metavar="CREDITS", help="what it may spend at most"
        )
        parser.add_argument(
            "--per", choices=Budget.Period.values, help="in each day, week or month, or once; month"
        )

        parser.add_argument(
            "--project",
            default="",
            metavar="NAME",
            help="what its clips are made for; the general one if left out",
        )

    def handle(self, *, email: str, name: str, scopes: list[str] | None, **options: Any) -> None:
        with database_at_hand():
            owner = _active_member(email)
        wanted = [Scope(scope) for scope in scopes or Scope.values]
        spends = _allowance(options["budget"], options["per"], wanted)
        project = _project(options["project"], owner, wanted)
        ends = None if options["never"] else timezone.now() + timedelta(days=options["days"])
        try:
            token, text = token_budgets.issue(
                owner, name, wanted, ends, allowance=spends, project=project, by=None
            )
        except CannotIssue as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(
            f"{token.name}, a token of {owner.email}: {' and '.join(token.scopes)}, {_until(ends)}."
        )
        self.stdout.write(text)


def _up_to(most: int) -> Any:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= most):
            raise ArgumentTypeError(f"a whole number from 1 to {most:,}, not {text!r}")
        return int(text)

    return number


def _active_member(email: str) -> Member:
    member = Member.objects.filter(email__iexact=email).first()
    if member is None:
        raise CommandError(f"Nobody here has the email {email}.")
    if not member.is_active:
        raise CommandError(f"{member.email} is deactivated: reactivate the member first.")
    return member


def _allowance(credits: int | None, period: str | None, scopes: list[Scope]) -> TokenBudget | None:
    if credits is None:
        if period:
            raise CommandError("--per goes with --budget.")
        return None
    if Scope.GENERATE not in scopes:
        raise CommandError("A token that only reads spends nothing: leave --budget out.")
    return TokenBudget(credits, period or Budget.Period.MONTH)


def _project(name: str, owner: Member, scopes: list[Scope]) -> Project | None:
    if name and Scope.GENERATE not in scopes:
        raise CommandError("A token that only reads makes no clips: leave --project out.")
    try:
        return project_named(name, owner)
    except Mistyped as error:
        raise CommandError(error.sentence) from error


def _until(ends: datetime | None) -> str:
    return f"until {timezone.localtime(ends):%Y-%m-%d %H:%M}" if ends else "for good"
