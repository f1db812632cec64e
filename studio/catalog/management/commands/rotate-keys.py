"""``manage.py rotate-keys``: encrypts all stored secrets with a new encryption key, so that the old one can go."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from studio.audit.log import record
from studio.catalog import hooks, mfa_encryption, vault
from studio.catalog.register import reseal_all


class Command(BaseCommand):
    help = (
        "Create a new encryption key and encrypt every stored API key, webhook and second factor with it. If "
        "ENCRYPTION_KEY is set, put a new key in front of it first: the first one is used for encryption."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--forget-old",
            action="store_true",
            help="keep only the new encryption key; API keys in older backups can no longer be read then",
        )

    def handle(self, *, forget_old: bool, **options: Any) -> None:
        in_file = not settings.ENCRYPTION_KEYS
        try:
            if in_file:
                vault.add_encryption_key()
            shut = [*reseal_all(), *hooks.reseal_all(), *mfa_encryption.reseal_all()]
        except vault.CannotOpen as error:
            raise CommandError(error.sentence) from None
        record(
            "encryption_key.rotated", by=None, forgot_old=forget_old and not shut, left_as_they_were=len(shut)
        )
        if shut:
            names = ", ".join(each.name for each in shut)
            raise CommandError(f"These keys could not be decrypted and were not changed: {names}.")
        if forget_old and in_file:
            vault.forget_old_encryption_keys()
        self.stdout.write("All stored keys are now encrypted with the newest encryption key.")
        if not in_file:
            self.stdout.write("You can remove all but the first key from ENCRYPTION_KEY.")
