"""``manage.py audit verify`` and ``manage.py audit export``: verify the audit log, or export it."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.audit.log import record
from studio.audit.models import Entry
from studio.audit.queries import EntryFilter, in_order, line
from studio.audit.verify import Broken, Link, walk


class Command(BaseCommand):
    help = "Verify or export the audit log. The exit code is 0 only on success with an intact log."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True, metavar="verify | export")
        verify = what.add_parser("verify", help="verify the whole chain")
        verify.add_argument(
            "--expect",
            action="append",
            default=[],
            type=_link,
            metavar="NUMBER:HASH",
            help="a position in the chain that this command printed earlier",
        )
        export = what.add_parser("export", help="write entries as lines of JSON, oldest first")
        export.add_argument(
            "--from", dest="since", type=_day, metavar="DAY", help="the first day, such as 2026-01-31"
        )
        export.add_argument("--until", type=_day, metavar="DAY", help="the last day")

    def handle(self, *, what: str, **options: Any) -> None:
        if what == "verify":
            self._verify(options["expect"])
        else:
            self._export(options)

    def _verify(self, noted: list[Link]) -> None:
        try:
            end = walk(*noted)
        except Broken as broken:
            raise CommandError(f"The audit log is not intact. {broken.sentence}") from None
        self.stdout.write(
            f"The audit log is intact, from entry 1 to {end.number}." if end.number else "No entries."
        )
        self.stdout.write(f"Note this elsewhere and pass it to --expect later: {end}")

    def _export(self, options: dict[str, Any]) -> None:
        asked = EntryFilter(since=options["since"], until=options["until"])
        last = Entry.objects.order_by("number").last()
        record("audit.exported", by=None, since=asked.since, until=asked.until)
        for entry in in_order(asked.entries().filter(number__lte=last.number if last else 0)):
            self.stdout.write(line(entry), ending="")


def _link(word: str) -> Link:
    if not re.fullmatch(r"[0-9]{1,18}:[0-9a-f]{64}", word):
        raise ArgumentTypeError("write it as NUMBER:HASH")
    number, _, digest = word.partition(":")
    return Link(int(number), digest)


def _day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise ArgumentTypeError("write a day as 2026-01-31") from None
