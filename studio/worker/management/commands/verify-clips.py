"""``manage.py verify-clips``: read every kept file and compare it with what was stored."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from studio.library.errors import StorageTrouble
from studio.worker.steps.verification import verify_all


class Command(BaseCommand):
    help = "Read every kept file to its end. One that is gone or damaged is copied again while the studio has it."

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
            sys.exit(f"Checked {files} files, then had to stop. {trouble.sentence}")
        more = f" The pictures of {redrawn} were drawn anew." if redrawn else ""
        self.stdout.write(f"{files} files checked, {files - faults} whole, {faults} gone or damaged.{more}")
        if faults:
            self.stdout.write("The worker copies those again while the studio has them: see their pages.")
            sys.exit(1)
