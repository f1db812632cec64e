"""``manage.py migrate``: Django's command, limited to one process of the installation at a time."""

from typing import Any

from django.core.management.commands import migrate

from studio.worker.supervision.preparation import one_at_a_time


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with one_at_a_time():
            super().handle(*args, **options)
