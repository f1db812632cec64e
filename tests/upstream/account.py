"""What the fake upstream knows: credits, and jobs that grow from pending to completed by a clock."""

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.upstream.catalogue import MODELS, Record, mistake, price
from tests.upstream.tariff import Tariff

FAILED_WORD = "[sandbox:fail]"  # in a prompt: the clip fails and is refunded


class Clock:
    """Seconds that pass as a test says: ``advance()``, by themselves (``real``), or one with every read."""

    def __init__(self, *, real: bool = False, per_read: float = 0.0) -> None:
        self._real, self._per_read, self._seconds = real, per_read, 0.0

    def now(self) -> float:
        return self._seconds + (time.monotonic() if self._real else 0.0)

    def advance(self, seconds: float) -> None:
        self._seconds += seconds

    def read(self) -> None:
        self._seconds += self._per_read


@dataclass(frozen=True)
class Pace:
    """Seconds of the clock that a job stays pending, and then processing."""

    pending: float = 1.0
    processing: float = 1.0


class Refusal(Exception):
    def __init__(self, status: int, error: str, **more: Any) -> None:
        super().__init__(error)
        self.status, self.body = status, {"success": False, "error": error, **more}


@dataclass
class Job:
    job_id: str
    body: Record
    cost: int
    born: float  # of the clock
    created_at: datetime
    held: bool = False  # never leaves the state it is in while true
    says: str = ""  # told instead of its state: a step back, or a word of the studio's own
    ends: str = ""  # "completed" or "failed": what became of it, whatever its prompt says
    refund: int | None = None  # credits given back if it fails; None: all, and no amount is told
    refunded: bool = False
    seen: dict[str, datetime] = field(default_factory=dict)


class Account:
    """One customer of the fake upstream. Every method may be called from any thread."""

    def __init__(self, *, credits: int = 2000, pace: Pace = Pace(), clock: Clock | None = None) -> None:
        self.credits, self.pace = credits, pace
        self.clock = clock or Clock(per_read=1.0)
        self.models: list[Record] = [dict(model) for model in MODELS]
        self.tariffs: dict[
            str, Tariff
        ] = {}  # by slug, of models that publish their price in another spelling
        self.published: dict[str, Record] = {}  # the records that such models are listed with
        self.jobs: list[Job] = []  # oldest first
        self.skew = timedelta(0)  # how far this server's wall clock is ahead
        self.date_header = ""  # sent instead of the clock's time
        self._lock = threading.RLock()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def generate(self, body: Record) -> Job:
        """Take a job and its credits, or raise Refusal."""
        with self._lock:
            model = next((m for m in self.models if m["model_slug"] == body.get("model_slug")), None)
            if model is None:
                raise Refusal(404, "Unknown model")
            if wrong := mistake(model, body):
                raise Refusal(400, wrong)
            tariff = self.tariffs.get(model["model_slug"])
            cost = tariff.charge(body) if tariff else price(model, body)
            if cost > self.credits:
                raise Refusal(
                    402, "Insufficient credits", credits_required=cost, credits_available=self.credits
                )
            return self._take(body, cost)

    def offer(self, tariff: Tariff, record: Record) -> None:
        """One more model, or another price of it, listed as ``record`` says and charged by ``tariff``."""
        slug = record["model_slug"]
        plain = {
            "durations": list(tariff.lengths),
            "quality_modes": [quality for quality in tariff.qualities if quality],
            "sound": tariff.has_sound,
        }
        with self._lock:
            self.models = [model for model in self.models if model["model_slug"] != slug]
            self.models.append({**record, **plain})
            self.tariffs[slug], self.published[slug] = tariff, record

    def listed(self) -> list[Record]:
        """The models as they are published."""
        return [self.published.get(model["model_slug"], model) for model in self.models]

    def made_elsewhere(self, **body: Any) -> Job:
        """A job that was asked for on the vendor's own site."""
        with self._lock:
            return self._take({"model_slug": "veo31_fast", "prompt": "made elsewhere", **body}, 100)

    def row(self, job: Job, media_url: str) -> Record:
        """The job as status tells it, in the canonical spelling."""
        with self._lock:
            state = job.says or self._state(job)
            row = {
                "job_id": job.job_id,
                "model_slug": job.body["model_slug"],
                "prompt": job.body.get("prompt", ""),
                "mode": "image_to_video" if job.body.get("input_image_urls") else "text_to_video",
                "status": state,
                "result_urls": [f"{media_url}/{job.job_id}.mp4"] if state == "completed" else [],
                "credits_charged": job.cost,
                "provider_meta": {
                    "effective_duration_seconds": job.body.get("duration_seconds"),
                    "quality_mode": job.body.get("quality_mode"),
                },
                "created_at": job.created_at.isoformat(),
                "completed_at": self._ended(job, state),
            }
            if state == "failed":
                row |= {"error_message": "The provider could not make this clip."}
            if state == "failed" and job.refunded:
                row |= {"credits_refunded": True if job.refund is None else job.refund}
            return row

    def _ended(self, job: Job, state: str) -> str | None:
        ended = state in ("completed", "failed")
        return job.seen.setdefault(state, self.now()).isoformat() if ended else None

    def complete_after_all(self, job: Job) -> None:
        """A job that had failed is made, and what was given back is taken again."""
        with self._lock:
            self.credits -= self._given_back(job) if job.refunded else 0
            job.ends, job.refunded = "completed", False

    def _given_back(self, job: Job) -> int:
        return job.cost if job.refund is None else job.refund

    def find(self, job_id: str) -> Job:
        with self._lock:
            job = next((job for job in self.jobs if job.job_id == job_id), None)
        if job is None:
            raise Refusal(404, "Job not found")
        return job

    def newest(self, limit: int) -> list[Job]:
        with self._lock:
            return self.jobs[::-1][:limit]

    def _take(self, body: Record, cost: int) -> Job:
        self.credits -= cost
        job = Job(str(uuid.uuid4()), body, cost, self.clock.now(), self.now())
        self.jobs.append(job)
        return job

    def _state(self, job: Job) -> str:
        age = 0.0 if job.held else self.clock.now() - job.born
        if age < self.pace.pending:
            return "pending"
        if age < self.pace.pending + self.pace.processing:
            return "processing"
        state = job.ends or ("failed" if FAILED_WORD in job.body.get("prompt", "") else "completed")
        job.seen.setdefault(state, self.now())
        if state == "failed" and not job.refunded:
            job.refunded = True
            self.credits += self._given_back(job)
        return state
