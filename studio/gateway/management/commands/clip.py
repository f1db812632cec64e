"""``manage.py clip "prompt" --model SLUG``: ask for a clip as the create page does, and wait for it if wanted.

Exit codes: 0, it was asked for, and is ready where it was waited for; 1, there is no clip, or it could not be saved;
2, nothing was asked for, because of what was typed; 3, it is still under way after ``--timeout``; 130, Ctrl-C.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.urls import reverse

from studio.catalog.connections import default_connection
from studio.catalog.models import StudioModel
from studio.contract.capability import Choice
from studio.contract.request import GenerateRequest
from studio.contract.rules import defaults
from studio.gateway.following import NOBODY, StillUnderWay, follow
from studio.gateway.saving import CannotSave, must_be_free, save_as
from studio.jobs.attendance import is_attended
from studio.jobs.available import available_credits
from studio.jobs.clearance import clearance
from studio.jobs.links import result_url
from studio.jobs.models import Job
from studio.jobs.pricing import price_of
from studio.jobs.report import WHY
from studio.jobs.states import JobState
from studio.jobs.submit import CannotSubmit, Intent, submit
from studio.projects.models import Project
from studio.team.models import Member

NO_CLIP, MISTYPED, UNDER_WAY, INTERRUPTED = 1, 2, 3, 130
MOST_NAMED = 8
OPTIONS = {
    "model_slug": "--model",
    "prompt": "prompt",
    "aspect_ratio": "--ratio",
    "duration_seconds": "--duration",
    "quality_mode": "--quality",
    "sound": "--sound",
    "input_image_urls": "--image",
    "input_video_urls": "--video",
    "project": "--project",
}


class Command(BaseCommand):
    help = "Ask for a clip. What is not said is as a fresh form has it; --wait follows it to its end."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prompt", nargs="?", default="", help="what the clip should show")
        parser.add_argument("--model", required=True, metavar="SLUG", help="such as veo31_fast")
        parser.add_argument("--ratio", default="", help="such as 16:9")
        parser.add_argument("--duration", type=int, metavar="SECONDS")
        parser.add_argument("--quality", default="", help="one of the model's quality modes")
        parser.add_argument("--sound", action="store_true")
        parser.add_argument("--image", action="append", default=[], metavar="URL", help="may be repeated")
        parser.add_argument("--video", action="append", default=[], metavar="URL", help="may be repeated")
        parser.add_argument("--project", default="", metavar="NAME", help="the general one if left out")
        parser.add_argument(
            "--email", default="", help="whose clip it is; may be left out where only one member makes clips"
        )
        parser.add_argument(
            "--wait", action="store_true", help="until the clip is ready; Ctrl-C leaves it alone"
        )
        parser.add_argument("--out", type=Path, metavar="FILE", help="save the clip there; waits for it")
        parser.add_argument("--force", action="store_true", help="--out may replace a file")
        parser.add_argument(
            "--timeout", type=_seconds, metavar="SECONDS", help="wait no longer than that; waits for the clip"
        )

    def handle(self, **said: Any) -> None:
        if said["out"]:
            self._must_be_free(said["out"], said["force"])
        job = _ask(said)
        self._say_all(_told_first(job))
        if not (said["wait"] or said["out"] or said["timeout"] is not None):
            return
        job = self._wait_for(job, said["timeout"])
        self._say_all(_told_last(job))
        if said["out"]:
            self._save(job, said["out"], said["force"])
        else:
            self._say_all(_addresses(job))

    def _must_be_free(self, path: Path, force: bool) -> None:
        try:
            must_be_free(path, force=force)
        except CannotSave as error:
            raise CommandError(f"--out: {error}", returncode=MISTYPED) from error

    def _wait_for(self, job: Job, seconds: float | None) -> Job:
        try:
            return follow(job, self._say, seconds)
        except StillUnderWay as error:
            after = f"Clip {job.pk} is not ready after {seconds:,g} s. It goes on: {_page(job)}"
            raise CommandError(after, returncode=UNDER_WAY) from error
        except KeyboardInterrupt:
            self._say(f"\nNo longer waiting. Clip {job.pk} goes on: {_page(job)}")
            sys.exit(INTERRUPTED)

    def _save(self, job: Job, path: Path, force: bool) -> None:
        files = list(job.files.all())
        if not files:
            raise CommandError(f"The clip's file is not here: see {_page(job)}", returncode=NO_CLIP)
        try:
            save_as(path, files[0].clip, force=force)
        except CannotSave as error:
            raise CommandError(f"{error} It is kept: {_page(job)}", returncode=NO_CLIP) from error
        self._say(f"Saved as {path}.")
        if len(files) > 1:
            self._say(f"Its page has {len(files) - 1} more: {_page(job)}")

    def _say_all(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._say(line)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()  # also into a pipe: whoever waits wants to know now


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = -1
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError("a number of seconds")
    return seconds


# ── What is asked for ───────────────────────────────────────────────────────────────────────────────────
def _ask(said: dict[str, Any]) -> Job:
    owner, model = _owner(said["email"]), _model(said["model"])
    project = _project(said["project"], owner)
    try:
        return submit(Intent(owner, model, _request(said, model), uuid4(), project=project))[0]
    except CannotSubmit as error:
        code = MISTYPED if any(field in OPTIONS for field in error.errors) else NO_CLIP
        raise CommandError(_complaints(error.errors), returncode=code) from error


def _request(said: dict[str, Any], model: StudioModel) -> GenerateRequest:
    """Where nothing is said: the first of what the model offers. But a quality is not guessed: it sets the price."""
    offered, usual = model.capability, defaults(model.capability)
    return GenerateRequest(
        model_slug=model.slug,
        prompt=said["prompt"],
        aspect_ratio=_value(said["ratio"], offered.aspect_ratios) or usual.get("aspect_ratio", ""),
        duration_seconds=usual.get("duration_seconds") if said["duration"] is None else said["duration"],
        quality_mode=_value(said["quality"], offered.quality_modes),
        input_image_urls=tuple(said["image"]),
        input_video_urls=tuple(said["video"]),
        sound=said["sound"] or usual.get("sound"),
    )


def _value(word: str, choices: Iterable[Choice]) -> str:
    """A choice may be named by its label, too, which is what complaints and pages call it."""
    named = (one.value for one in choices if word.lower() in (one.value.lower(), one.label.lower()))
    return next(named, word)


def _complaints(errors: dict[str, str]) -> str:
    """A line for each, with the option that is at fault."""
    named = {OPTIONS.get(field, ""): sentence for field, sentence in errors.items()}
    return "\n".join(f"{option}: {sentence}" if option else sentence for option, sentence in named.items())


def _owner(email: str) -> Member:
    """Who is named; else the only one it can be."""
    active = Member.objects.filter(is_active=True)
    if email:
        if found := active.filter(email__iexact=email.strip()).first():
            return found
        raise CommandError(f"--email: No active member has the email {email}.", returncode=MISTYPED)
    makers = list(active.exclude(role=Member.Role.VIEWER).order_by("email")[: MOST_NAMED + 1])
    if len(makers) == 1:
        return makers[0]
    if not makers:
        raise CommandError("There is no active member who makes clips.", returncode=MISTYPED)
    raise CommandError(
        f"Several members make clips: say whose it is, --email {_named(member.email for member in makers)}.",
        returncode=MISTYPED,
    )


def _model(slug: str) -> StudioModel:
    """Where new clips are made: the same models as on the create page and at the API."""
    models = default_connection().models.offered()
    if found := models.with_slug(slug):
        return found
    offered = _named(models.values_list("slug", flat=True)[: MOST_NAMED + 1])
    known = f"Offered are {offered}." if offered else "No models are known yet: a running worker reads them."
    raise CommandError(f"--model: “{slug}” is not offered. {known}", returncode=MISTYPED)


def _project(name: str, owner: Member) -> Project | None:
    if not name:
        return None
    usable = Project.objects.usable_by(owner).order_by("name")
    if found := usable.filter(Q(name=name)).first() or usable.filter(name__iexact=name).first():
        return found
    names = _named(usable.values_list("name", flat=True)[: MOST_NAMED + 1])
    raise CommandError(f"--project: {owner} makes clips in no “{name}”, but in {names}.", returncode=MISTYPED)


def _named(words: Iterable[str]) -> str:
    found = list(words)
    return ", ".join(found[:MOST_NAMED]) + (", …" if len(found) > MOST_NAMED else "")


# ── What is told ────────────────────────────────────────────────────────────────────────────────────────
def _told_first(job: Job) -> Iterator[str]:
    model = StudioModel.objects.get(connection_id=job.connection_id, slug=job.model_slug)
    yield f"Clip {job.pk}: {_page(job)}"
    yield f"{model.name}{_choices(job)}: {_price(job, model)}"
    yield _left(job, model)
    if job.state == JobState.APPROVAL:
        yield _held(job)
    elif not is_attended():
        yield NOBODY


def _choices(job: Job) -> str:
    asked = job.generate_request
    length = f"{asked.duration_seconds} s" if asked.duration_seconds else ""
    sound = "sound" if asked.sound else ""
    return "".join(f", {one}" for one in (asked.aspect_ratio, length, asked.quality_mode, sound) if one)


def _price(job: Job, model: StudioModel) -> str:
    if job.estimate is None:
        return f"what it costs is not known beforehand. {price_of(job.generate_request, model).basis}".strip()
    return f"{_credits(job.estimate)}."


def _left(job: Job, model: StudioModel) -> str:
    """After this one."""
    available = available_credits(job.connection)
    balance = "not known yet" if available is None else _credits(available)
    tightest = clearance(job.owner, model, job.project, 0).tightest
    budget = f"; in the budget “{tightest.budget.name}”, {_credits(tightest.left)}" if tightest else ""
    return f"Left after it: {balance}{budget}."


def _held(job: Job) -> str:
    who = _named(str(one) for one in Member.objects.deciding().exclude(pk=job.owner_id)[: MOST_NAMED + 1])
    reasons = " ".join(job.submission.approval.reasons)
    where = f"{settings.PUBLIC_URL}{reverse('dashboard:approval-list')}"
    return f"It waits for approval. {reasons} Who decides: {who or 'nobody yet'}, at {where}"


def _told_last(job: Job) -> Iterator[str]:
    """How it ended; raises CommandError where there is no clip."""
    if job.state != JobState.COMPLETED:
        why = job.error or WHY.get(JobState(job.state), "Nobody watches it here any more.")
        raise CommandError(f"{JobState(job.state).label}. {why} {_cost(job)}{_page(job)}", returncode=NO_CLIP)
    yield f"Ready after {job.elapsed.total_seconds():,.0f} s. {_cost(job)}".strip()


def _cost(job: Job) -> str:
    if job.credits is None:
        return "What it cost is not known. "
    return f"It cost {_credits(job.credits)}. " if job.credits else "It cost nothing. "


def _addresses(job: Job) -> list[str]:
    """Ours, which open without signing in; the studio's where there is no copy here."""
    return [result_url(file.clip) for file in job.files.all()] or list(job.result_urls)


def _credits(number: int) -> str:
    return f"{number:,} credit{'' if number == 1 else 's'}"


def _page(job: Job) -> str:
    return f"{settings.PUBLIC_URL}{reverse('dashboard:job-detail', args=[job.pk])}"
