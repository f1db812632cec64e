"""Rows for tests, as the product itself would have written them."""

from typing import Any
from uuid import uuid4

from studio.catalog.connections import default_connection
from studio.catalog.models import Connection, StudioModel
from studio.catalog.refresh import mirror
from studio.contract.answers import Accepted, JobReport
from studio.contract.decode import decode_models
from studio.contract.request import GenerateRequest
from studio.jobs import machine
from studio.jobs.models import Job
from studio.jobs.steps import LEASE
from studio.jobs.submit import Intent, submit
from studio.team.models import Member

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


def a_model(connection: Connection | None = None, **changes: Any) -> StudioModel:
    """``veo31_fast``, or it with some keys of its record changed, mirrored into the catalog."""
    connection = connection or default_connection()
    record = {**VEO, **changes}
    mirror(connection, decode_models({"models": [record]}))
    return StudioModel.objects.get(connection=connection, slug=record["model_slug"])


def a_request(**changes: Any) -> GenerateRequest:
    said = {"prompt": "a lighthouse at dawn", "aspect_ratio": "16:9", "duration_seconds": 8}
    return GenerateRequest(**{"model_slug": "veo31_fast", **said, **changes})


def a_job(state: str = "queued", *, owner: Member | None = None, **changes: Any) -> Job:
    """One job, walked through the machine to ``state``."""
    model = StudioModel.objects.filter(slug="veo31_fast").first() or a_model()
    job = submit(Intent(owner or a_member(), model, a_request(**changes), uuid4()))[0]
    if state != "queued":
        machine.claim(job.submission, LEASE)
    if state in ("pending", "processing", "completed", "failed"):
        machine.accept(job.submission, Accepted((str(uuid4()),), 1_900))
        job.refresh_from_db()
    if state in ("processing", "completed", "failed"):
        machine.report(job, told(job, "processing"))
    if state in ("completed", "failed"):
        machine.report(job, told(job, state))
    return Job.objects.get(pk=job.pk)


def told(job: Job, state: str, **changes: Any) -> JobReport:
    """What the upstream would say of the job in that state."""
    said: dict[str, Any] = {"job_id": job.upstream_id, "state": state}
    if state == "completed":
        said |= {"result_urls": ("/media/sandbox/clip.mp4",), "credits_charged": 100}
    if state == "failed":
        said |= {
            "error_message": "The studio could not make it.",
            "credits_charged": 100,
            "credits_refunded": True,
        }
    return JobReport(**{**said, **changes})
