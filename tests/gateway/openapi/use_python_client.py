"""A script on top of the client that openapi-python-client made: run with an address and a token, it prints JSON."""

import json
import sys
import time

from generated import AuthenticatedClient
from generated.api.clips import generate_clip, get_job, list_jobs, quote_clip
from generated.api.models import list_models
from generated.models import Accepted, GenerateRequest, InsufficientCredits, JobStatus, Refusal

PATIENCE = 60  # seconds


def main(address: str, token: str) -> None:
    with AuthenticatedClient(address, token, raise_on_unexpected_status=True) as client:
        slugs = [model.model_slug for model in list_models.sync(client=client).models]
        wish = GenerateRequest(
            model_slug="veo31_fast", prompt="[sandbox:fail] a storm", duration_seconds=8, sound=True
        )
        quote = quote_clip.sync(client=client, body=wish)
        accepted = generate_clip.sync(client=client, body=wish, idempotency_key="python-1")
        again = generate_clip.sync(client=client, body=wish, idempotency_key="python-1")
        assert isinstance(accepted, Accepted)
        assert isinstance(again, Accepted)
        (job_id,) = accepted.job_ids
        until = time.monotonic() + PATIENCE
        while (job := get_job.sync(job_id, client=client).job).status not in (
            JobStatus.COMPLETED,
            JobStatus.FAILED,
        ):
            assert time.monotonic() < until, f"The job is still {job.status}."
            time.sleep(0.3)
        history = list_jobs.sync(client=client, limit=1)
        older = list_jobs.sync(client=client, before=job_id)
        refused = generate_clip.sync(
            client=client, body=GenerateRequest("veo31_fast", prompt="a storm", duration_seconds=5)
        )
        assert isinstance(refused, Refusal)
        print(
            json.dumps(
                {
                    "models": slugs,
                    "quoted": [quote.credits_, quote.basis.value],
                    "warned": [warning.field for warning in accepted.warnings],
                    "same": again.job_ids == accepted.job_ids,
                    "job": str(job_id),
                    "ended": [
                        job.status.value,
                        job.created_at.tzinfo is not None,
                        job.completed_at is not None,
                    ],
                    "history": [str(one.job_id) for one in history.jobs],
                    "older": [str(one.job_id) for one in older.jobs],
                    "refused": [refused.error, [detail.field for detail in refused.errors]],
                    "short": short_of_credits(client),
                }
            )
        )


def short_of_credits(client: AuthenticatedClient) -> list[object]:
    """The token's budget does not cover this one."""
    dear = GenerateRequest("kling_3_0", prompt="a storm", duration_seconds=5, quality_mode="pro", sound=True)
    refused = generate_clip.sync(client=client, body=dear)
    assert isinstance(refused, InsufficientCredits)
    return [refused.error, refused.credits_required, refused.credits_available]


if __name__ == "__main__":
    main(*sys.argv[1:])
