"""Rows for tests, as the product itself would have written them."""

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from studio.catalog.connections import default_connection
from studio.catalog.models import Connection, StudioModel
from studio.catalog.refresh import mirror
from studio.contract.answers import Accepted, JobReport, Refund
from studio.contract.decode import decode_models
from studio.contract.errors import InsufficientCredits, InvalidRequest, OutcomeUnknown
from studio.contract.request import GenerateRequest
from studio.credits.models import BalanceReading, Budget, Difference, SpendingRules
from studio.jobs.dispatch.sending import LEASE
from studio.jobs.lifecycle import approvals, archiving, decisions, machine
from studio.jobs.models import Job, Submission
from studio.jobs.submit import Intent, submit
from studio.notify.models import Hook
from studio.projects.models import Project
from studio.team.models import Member
from studio.tokens import keyring
from studio.tokens.models import Scope, Token
from tests.must import must

VEO = {
    "model_slug": "veo31_fast",
    "name": "Veo 3.1 Fast",
    "description": "Fast 8-second generation with text-to-video and image-to-video.",
    "engine": "Veo 3.1",
    "aspect_ratios": ["16:9", "9:16", "Auto"],
    "durations": [8],
    "quality_modes": [],
    "inputs": ["text", "image"],
    "credits": {"base": 100},
    "prompt": {"required": True, "max_length": 5000},
    "images": {"min": 0, "max": 2},
    "videos": {"min": 0, "max": 0},
    "sound": False,
    "directory_discount": 10,
}


def a_member(email: str = "member@example.com", **fields: Any) -> Member:
    return Member.objects.filter(email=email).first() or Member.objects.create_user(
        email, "open sesame 42", **fields
    )


def a_manager(email: str = "manager@example.com") -> Member:
    return a_member(email, role=Member.Role.MANAGER)


def a_budget(limit: int = 500, **fields: Any) -> Budget:
    """The whole team's, hard, for the month, since long ago; ``fields`` say otherwise."""
    said = {"scope": Budget.Scope.TEAM, "from_day": timezone.localdate() - timedelta(days=400)}
    return Budget.objects.create(limit=limit, **{**said, **fields})


def a_project(
    name: str = "Spring campaign", *members: Member, is_archived: bool = False, **fields: Any
) -> Project:
    """For the whole team, or for ``members``."""
    said = {"is_for_all": not members, "archived_at": timezone.now() if is_archived else None, **fields}
    project = Project.objects.update_or_create(name=name, defaults=said)[0]
    project.members.set(members)
    return project


def a_token(
    owner: Member | None = None, scopes: Iterable[Scope] = tuple(Scope), **fields: Any
) -> tuple[Token, str]:
    """A token and its text, as they were issued; ``fields`` are written over the row afterwards."""
    name = fields.pop("name", "Night script")
    owner = owner or a_member()
    token, text = keyring.issue(owner, name, scopes, by=owner)
    for field, value in fields.items():
        setattr(token, field, value)
    token.save(update_fields=fields)
    return token, text


def a_difference(amount: int = -37, connection: Connection | None = None, **fields: Any) -> Difference:
    """An open one, between two readings of a quarter of an hour ago; ``fields`` say otherwise."""
    connection = connection or default_connection()
    until = timezone.now() - timedelta(minutes=12)
    since = until - timedelta(minutes=3)
    told = [(1_000, since), (1_000 + amount, until)]
    before, reading = (
        BalanceReading.objects.create(connection=connection, credits=credits, at=at, confirmed_at=at)
        for credits, at in told
    )
    said = {"before": before, "reading": reading, "from_at": since, "until_at": until, **fields}
    return Difference.objects.create(connection=connection, amount=amount, **said)


def a_model(connection: Connection | None = None, **changes: Any) -> StudioModel:
    """``veo31_fast``, or it with some keys of its record changed, mirrored into the catalog."""
    connection = connection or default_connection()
    record = {**VEO, **changes}
    mirror(connection, decode_models({"models": [record]}))
    return StudioModel.objects.get(connection=connection, slug=record["model_slug"])


def a_request(**changes: Any) -> GenerateRequest:
    said = {"prompt": "a lighthouse at dawn", "aspect_ratio": "16:9", "duration_seconds": 8}
    return GenerateRequest(**{"model_slug": "veo31_fast", **said, **changes})


def a_job(
    state: str = "queued",
    *,
    owner: Member | None = None,
    project: Project | None = None,
    is_private: bool = False,
    hook: Hook | None = None,
    api_token: Token | None = None,
    **changes: Any,
) -> Job:
    """One job, walked through the machine to ``state``; "stored" and "lost" are ready, and copied or not; "unclear"
    is one that the studio took and knows no more.
    """
    model = StudioModel.objects.filter(slug="veo31_fast").first() or a_model()
    owner = owner or a_member()
    if not owner.makes_clips:
        owner = _as_member(owner)
    owner = _as_member(owner) if state in ("approval", "declined") else owner
    wish = Intent(owner, model, a_request(**changes), uuid4())
    intent = replace(wish, project=project, is_private=is_private, hook=hook, api_token=api_token)
    if state in ("approval", "declined"):
        return _asked_for(state, intent)
    job = submit(intent)[0]
    if state == "cancelled":
        decisions.cancel(job.submission, owner)
    elif state != "queued":
        machine.claim(job.submission, LEASE)
    if state in ANSWERS:
        ANSWERS[state](job.submission)
    if state in AFTER_PENDING:
        machine.accept(job.submission, Accepted((str(uuid4()),), 1_900))
        job.refresh_from_db()
        _walk_on(job, state)
    return Job.objects.get(pk=job.pk)


def _as_member(owner: Member) -> Member:
    """As somebody was before the role was another: as one who makes clips, and has to ask."""
    member = copy(owner)
    member.role = Member.Role.MEMBER
    return member


def _asked_for(state: str, intent: Intent) -> Job:
    """A clip so dear that somebody has to approve it."""
    SpendingRules.objects.update_or_create(pk=1, defaults={"approve_from": 1})
    job = submit(intent)[0]
    if state == "declined":
        approvals.decline(must(job.submission.approval), a_manager(), "Not this month.")
    SpendingRules.objects.all().delete()
    return Job.objects.get(pk=job.pk)


def _walk_on(job: Job, state: str) -> None:
    if state != "pending":
        machine.report(job, told(job, "processing"))
    if state == "failed":
        machine.report(job, told(job, "failed"))
    if state == "unclear":
        for _ in range(machine.MOST_MISSES):
            machine.miss(job)
    if state == "stopped":
        decisions.stop_watching(job, job.owner)
    if state in ("completed", "stored", "lost"):
        machine.report(job, told(job, "completed"))
    if state == "stored":
        store(job)
    if state == "lost":
        lose_copy(job)


def _ask_a_person(submission: Submission) -> None:
    """An outcome that the history does not settle."""
    machine.lose(submission, OutcomeUnknown("The answer was lost."))
    machine.ask_a_person(submission, "The studio's history shows no clip that is certainly this one.")


def _give_up(submission: Submission) -> None:
    _ask_a_person(submission)
    decisions.give_up(submission, submission.owner)


ANSWERS: dict[str, Callable[[Submission], object]] = {
    "unknown": lambda submission: machine.lose(submission, OutcomeUnknown("The answer was lost.")),
    "attention": _ask_a_person,
    "abandoned": _give_up,
    "rejected": lambda submission: machine.refuse(submission, InvalidRequest("Invalid prompt.", "prompt")),
    "blocked": lambda submission: machine.refuse(
        submission, InsufficientCredits("Insufficient credits", 220, 94)
    ),
}
AFTER_PENDING = ("pending", "unclear", "processing", "completed", "failed", "stored", "lost", "stopped")
FILES: dict[str, Any] = {
    "kind": "video",
    "media_type": "video/mp4",
    "sha256": "a" * 64,
    "clip": "clips/aa/aa.mp4",
    "poster": "clips/aa/aa.jpg",
    "thumb": "clips/aa/aa-thumb.jpg",
    "preview": "",
    "width": 1280,
    "height": 720,
    "seconds": 8.0,
    "size": 1_000_000,
    "format": "MP4 · H.264 · AAC",
    "is_looked_at": True,
    "extras": "",
    "extras_after": None,
}


def store(job: Job, **files: Any) -> Job:
    """Every file of the job is kept, all of them with the same facts."""
    archiving.claim(job, LEASE)
    for position, url in enumerate(job.result_urls):
        facts = {**FILES, **files}
        archiving.keep_file(job, position, url, **{"played": facts["clip"], **facts})
    archiving.stored(job)
    return job


def lose_copy(job: Job, sentence: str = "The studio has no such file any more.") -> Job:
    archiving.claim(job, LEASE)
    archiving.lose(job, sentence)
    return job


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def altered(job: Job, **fields: Any) -> Job:
    """The job with some columns overwritten, past the machine: for times and figures that a test needs."""
    Job.objects.filter(pk=job.pk).update(**fields)
    return fresh(job)


def aged(job: Job, seconds: float) -> Job:
    """The job as if it had been asked for, and accepted, that long ago."""
    then = timezone.now() - timedelta(seconds=seconds)
    return altered(job, created_at=then, accepted_at=then if job.accepted_at else None)


def told(job: Job, state: str, **changes: Any) -> JobReport:
    """What the upstream would say of the job in that state."""
    said: dict[str, Any] = {"job_id": job.upstream_id, "state": state}
    if state == "completed":
        said |= {"result_urls": ("/media/sandbox/clip.mp4",), "credits_charged": 100}
    if state == "failed":
        said |= {
            "error_message": "The studio could not make it.",
            "credits_charged": 100,
            "credits_refunded": Refund.WHOLE,
        }
    return JobReport(**{**said, **changes})
