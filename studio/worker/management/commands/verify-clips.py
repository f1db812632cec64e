"""``manage.py verify-clips``: compares every stored file with its hash."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from studio.library.errors import StorageTrouble
from studio.worker.steps.verification import verify_all


class Command(BaseCommand):
    help = "Check every stored file. Missing or damaged ones are copied again if the studio still has them."

    def handle(self, *args: Any, **options: Any) -> None:
        files = faults = redrawn = 0
        try:
            for verdict in verify_all():
                files += 1
                redrawn += verdict.redrawn
                if verdict.fault:
                    faults += 1
                    self.stdout.write(f"Clip {verdict.file.job_id}: {verdict.fault}")
        except StorageTrouble as trouble:
            sys.exit(f"Stopped after {files} files. {trouble.sentence}")
        more = f" Pictures of {redrawn} files were created again." if redrawn else ""
        self.stdout.write(
            f"{files} files checked: {files - faults} intact, {faults} missing or damaged.{more}"
        )
        if faults:
            self.stdout.write(
                "The worker copies these again if the studio still has them. See the clips' pages."
            )
            sys.exit(1)
