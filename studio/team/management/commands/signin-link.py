"""Prints a link that signs a member in once, for whoever has lost the way in."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from studio.team.models import Member, SignInLink


class Command(BaseCommand):
    help = "Print a fresh link that signs a member in, once, within 60 minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", help="whom to sign in; the first admin if left out")

    def handle(self, *, email: str | None, **options: Any) -> None:
        link = SignInLink.objects.issue(member=_member(email))
        self.stdout.write(f"{settings.PUBLIC_URL}{link.get_absolute_url()}")


def _member(email: str | None) -> Member:
    active = Member.objects.filter(is_active=True)
    member = active.filter(email__iexact=email).first() if email else Member.objects.active_admins().first()
    if member is None and email:
        raise CommandError(f"No active member has the email {email}.")
    if member is None:
        raise CommandError("There is no active admin. Make one with manage.py createsuperuser.")
    return member
