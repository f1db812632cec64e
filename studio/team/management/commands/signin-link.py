"""``manage.py signin-link``: prints a one-time sign-in link for a member who cannot sign in."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from studio.audit.log import record
from studio.team import second_factor
from studio.team.models import Member, SignInLink


class Command(BaseCommand):
    help = "Print a link that signs a member in. It works once, within 60 minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", help="the member to sign in (default: the first admin)")
        parser.add_argument(
            "--forget-second-factor",
            action="store_true",
            help="remove the member's second factor, which would be required otherwise",
        )

    def handle(self, *, email: str | None, forget_second_factor: bool, **options: Any) -> None:
        member = _member(email)
        with transaction.atomic():
            if forget_second_factor and second_factor.forget(member):
                record("second_factor.forgotten", by=None, about=f"member:{member.pk}")
            link = SignInLink.objects.issue(member=member)
            record("signin_link.issued", by=None, about=f"member:{member.pk}")
        self.stdout.write(f"{settings.PUBLIC_URL}{link.get_absolute_url()}")


def _member(email: str | None) -> Member:
    active = Member.objects.filter(is_active=True)
    member = active.filter(email__iexact=email).first() if email else Member.objects.active_admins().first()
    if member is None and email:
        raise CommandError(f"No active member has the email {email}.")
    if member is None:
        raise CommandError("There is no active admin. Create one with manage.py createsuperuser.")
    return member
