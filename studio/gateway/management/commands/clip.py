"""``manage.py clip "prompt" --model SLUG``: ask for a clip as the create page does, and wait for it if wanted."""

import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio.gateway.shell import words
from studio.gateway.shell.asking import Mistyped, Refused, ask, quoted
from studio.gateway.shell.database import database_at_hand
from studio.gateway.shell.following import NOBODY, StillUnderWay, follow, is_left_alone
from studio.gateway.shell.saving import CannotSave, must_be_free, save_as
from studio.jobs.models import Job
from studio.jobs.states import JobState

NO_CLIP, MISTYPED, UNDER_WAY, INTERRUPTED = 1, 2, 3, 130
STANDARD_INPUT = "-"
EXIT_CODES = (
    "Exit codes: 0, it was asked for, and is ready where it was waited for; 1, there is no clip, or it could not be "
    "saved; 2, nothing was asked for, because of what was typed; 3, it is still under way after --timeout; 130, Ctrl-C."
)


class Command(BaseCommand):
    help = "Ask for a clip. What is not said is as a fresh form has it; --wait follows it to its end."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EXIT_CODES
        parser.add_argument(
            "prompt", nargs="?", default="", help="what the clip should show; - reads it from standard input"
        )
        parser.add_argument("--model", required=True, metavar="SLUG", help="such as veo31_fast")
        parser.add_argument("--ratio", default="", help="such as 16:9")
        parser.add_argument("--duration", type=int, metavar="SECONDS", help="one of the model's lengths")
        parser.add_argument("--quality", default="", help="one of the model's quality modes")
        parser.add_argument("--sound", action="store_true", help="with sound, where the model has it")
        parser.add_argument(
            "--image", action="append", default=[], metavar="URL", help="to make it from; may be repeated"
        )
        parser.add_argument(
            "--video", action="append", default=[], metavar="URL", help="to make it from; may be repeated"
        )
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="any other parameter of the model, such as seed=7; repeat it for a list",
        )
        parser.add_argument("--project", default="", metavar="NAME", help="the general one if left out")
        parser.add_argument(
            "--email", default="", help="whose clip it is; may be left out where only one member makes clips"
        )
        parser.add_argument("--quote", action="store_true", help="print the price and send nothing")
        parser.add_argument(
            "--wait", action="store_true", help="until the clip is ready; Ctrl-C leaves it alone"
        )
        parser.add_argument("--out", type=Path, metavar="FILE", help="save the clip there; waits for it")
        parser.add_argument("--force", action="store_true", help="--out may replace a file")
        parser.add_argument(
            "--timeout", type=_seconds, metavar="SECONDS", help="wait no longer than that; waits for the clip"
        )

    def handle(self, **said: Any) -> None:
        waits = said["wait"] or said["out"] or said["timeout"] is not None
        if said["quote"]:
            if waits:
                raise CommandError("--quote sends nothing that could be waited for.", returncode=MISTYPED)
            self._quote(said)
            return
        with database_at_hand():
            job = self._ask(said)
            self._say(words.of_what_was_asked(job))
        if not waits:
            self._say([NOBODY] if is_left_alone(job) else [])
            return
        try:
            self._bring(self._wait_for(job, said["timeout"]), said["out"], said["force"])
        except KeyboardInterrupt:
            self._say([f"\nNo longer waiting. Clip {job.pk} goes on: {words.page(job)}"])
            sys.exit(INTERRUPTED)

    def _quote(self, said: dict[str, Any]) -> None:
        with database_at_hand(), _refusals():
            self._say(words.of_a_quote(*quoted(_with_prompt(said))))

    def _ask(self, said: dict[str, Any]) -> Job:
        with _refusals():
            if said["out"]:
                must_be_free(said["out"], force=said["force"])
            return ask(_with_prompt(said))

    def _wait_for(self, job: Job, seconds: float | None) -> Job:
        try:
            job = follow(job, lambda line: self._say([line]), seconds)
        except StillUnderWay as error:
            after = f"Clip {job.pk} is not ready after {seconds:,g} s. It goes on: {words.page(job)}"
            raise CommandError(after, returncode=UNDER_WAY) from error
        if job.state != JobState.COMPLETED:
            raise CommandError(words.of_its_end(job), returncode=NO_CLIP)
        self._say([words.of_its_end(job)])
        return job

    def _bring(self, job: Job, path: Path | None, force: bool) -> None:
        if path is None:
            self._say(words.addresses(job))
            return
        files = list(job.files.all())
        if not files:
            raise CommandError(f"The clip's file is not here: see {words.page(job)}", returncode=NO_CLIP)
        try:
            save_as(path, files[0].clip, force=force)
        except CannotSave as error:
            raise CommandError(
                f"{error.sentence} It is kept: {words.page(job)}", returncode=NO_CLIP
            ) from error
        self._say([f"Saved as {path}."])
        if len(files) > 1:
            self._say([f"Its page has {len(files) - 1} more: {words.page(job)}"])

    def _say(self, lines: Iterable[str]) -> None:
        try:
            for line in lines:
                self.stdout.write(line)
                self.stdout.flush()  # also into a pipe: whoever waits wants to know now
        except BrokenPipeError:  # whoever read has heard enough; the clip goes on, and so does its saving
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.stdout.fileno())


@contextmanager
def _refusals() -> Iterator[None]:
    """Each with its exit code."""
    try:
        yield
    except CannotSave as error:
        raise CommandError(f"--out: {error.sentence}", returncode=MISTYPED) from error
    except Mistyped as error:
        raise CommandError(error.sentence, returncode=MISTYPED) from error
    except Refused as error:
        raise CommandError(error.sentence, returncode=NO_CLIP) from error


def _with_prompt(said: dict[str, Any]) -> dict[str, Any]:
    if said["prompt"] != STANDARD_INPUT:
        return said
    return {**said, "prompt": sys.stdin.read().strip()}


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < float("inf"):
        raise ArgumentTypeError(f"a number of seconds, not {word!r}")
    return seconds
