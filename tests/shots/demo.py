"""What the pictures show: clips that the sandbox draws, and beside them jobs in every state there is.

Works on the database of a running installation, from outside; Django must be set up for its DATA_DIR.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction
from django.utils import timezone

from studio.audit.origin import Origin, coming_from
from studio.catalog import hooks, register
from studio.catalog.models import Connection, StudioModel
from studio.contract.request import GenerateRequest
from studio.credits import budget_changes
from studio.credits.balance import note_balance
from studio.credits.models import Budget
from studio.jobs.lifecycle import approvals
from studio.jobs.models import HistoryRecord, Job, JobFile, Submission
from studio.jobs.money import token_budgets
from studio.jobs.money.token_budgets import TokenBudget
from studio.jobs.submit import Intent, submit
from studio.library.errors import DISK_FULL
from studio.notify.kinds import Kind
from studio.notify.models import Delivery, Format, Notification
from studio.notify.outbox import send_sample
from studio.notify.telling import notify
from studio.projects.models import Project
from studio.team.models import Member
from studio.tokens.models import Scope, Token
from studio.upstream.secret import Secret
from tests.factories import a_job, a_member, a_project, a_token, altered, store
from tests.must import must
from tests.team.codes import code_of

CLIPS = [
    ("A lighthouse by the sea at dawn, slow push in, gulls passing, warm haze", "16:9"),
    ("Neon city street at night, reflections on wet asphalt, dolly shot", "16:9"),
    ("Silk moving in slow motion, red and gold", "9:16"),
    ("Northern lights over a mountain peak, stars turning", "16:9"),
    ("Misty mountains at dawn, slow drone shot", "16:9"),
    ("Dunes at noon, a caravan far away, heat shimmering", "16:9"),
    ("Deep forest after rain, light falling through the leaves", "9:16"),
    ("Planets rising over a ringed world", "16:9"),
]
COLLEAGUE, COLLEAGUES_PASSWORD = (
    "colleague@example.com",
    "open sesame 42",
)  # as tests.factories.a_member makes them
APP_KEY = "JBSWY3DPEHPK3PXP"
STATES = (
    "cancelled",
    "abandoned",
    "stopped",
    "lost",
    "blocked",
    "attention",
    "rejected",
    "failed",
    "unknown",
    "pending",
    "processing",
)


NEWS = [
    (
        "Brand films: 480 credits left",
        Kind.BALANCE_LOW,
        "When they run out, clips wait until you top up.",
    ),
    (
        "A colleague asks for 600 credits",
        Kind.APPROVAL_WANTED,
        "Six clips with Kling 3.0 for Spring campaign.",
    ),
    (
        "Spring campaign has used 80 % of its budget",
        Kind.BUDGET_WARNED,
        "1,600 of 2,000 credits until 30 November.",
    ),
]


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("The demo did not get ready in time.")
        time.sleep(0.3)


def wait_for_models() -> None:
    wait_for(lambda: StudioModel.objects.offered().exists(), 30)


def make_clips() -> None:
    """Ask for the clips and wait until all of them are kept here."""
    owner, model = Member.objects.get(), StudioModel.objects.get(slug="veo31_fast")
    for prompt, ratio in reversed(CLIPS):
        submit(
            Intent(
                owner,
                model,
                GenerateRequest(model.slug, prompt=prompt, aspect_ratio=ratio, duration_seconds=8),
                uuid4(),
            )
        )
    wait_for(lambda: Job.objects.filter(archive="stored").count() >= len(CLIPS), 180)


def make_states() -> None:
    """One job in each other state, and a clip made elsewhere. The studio knows none of them: they stay so."""
    owner = a_member(COLLEAGUE, name="A colleague")
    now = timezone.now()
    with transaction.atomic():  # seen by the worker only when it has nothing left to do for them
        for place, state in enumerate(STATES):
            job = a_job(state, owner=owner, prompt=f"A paper boat crossing a puddle, take {place + 1}")
            then = now - timedelta(seconds=20)
            Submission.objects.filter(state="blocked").update(blocked_for=1_000_000)  # or it would go on
            altered(job, accepted_at=then if job.accepted_at else None, created_at=then, expected_seconds=60)
        job = a_job("completed", owner=owner, prompt="A paper boat crossing a puddle, only at the studio yet")
        altered(job, archive_error=DISK_FULL, archive_after=now + timedelta(days=1))
        # Or a person would be asked while the pictures are taken.
        Submission.objects.filter(state="unknown").update(lost_at=now + timedelta(minutes=30))
    HistoryRecord.objects.create(
        connection=Connection.objects.get(is_default=True),
        upstream_id="elsewhere",
        raw={"job_id": "elsewhere", "status": "completed", "prompt": "Waves, seen from a drone"},
        state="completed",
        model_slug="kling_3_0",
        prompt="Waves, seen from a drone",
        charged=60,
        made_at=now,
    )


def make_connections() -> None:
    """Beside the sandbox: one that an admin paused, and one whose key cannot be read. Neither name resolves."""
    told = [("Brand films", "brand"), ("Social clips", "social")]
    admin = Member.objects.filter(role="admin")[0]
    with coming_from(lambda: Origin("2001:db8:85a3::8a2e:370:7334", "Firefox on Linux")):
        brand, social = (
            register.add(name, f"https://{host}.invalid", 24, Secret(f"sk-demo-{host}-0123456789"), by=admin)
            for name, host in told
        )
        register.pause(brand, admin)
    note_balance(brand.pk, 12_480)
    Connection.objects.filter(pk=social.pk).update(sealed_key="spoilt")
    wait_for(lambda: not Connection.objects.filter(test_asked_at__isnull=False, tested_at=None).exists(), 90)


def make_cases() -> None:
    """Two requests in doubt: one that two rows of the history could be, one that none fits; and a twin that waits."""
    owner = Member.objects.exclude(email=COLLEAGUE).get()
    with transaction.atomic():
        lost_at = timezone.now() - timedelta(minutes=6)
        found = _case(owner, "Paper lanterns rising over a lake, slow tilt up", lost_at)
        _case(owner, "A tram climbing a steep street in the rain", lost_at + timedelta(minutes=2))
        a_job("queued", owner=owner, prompt=found.prompt)
        for number, (seconds, state) in enumerate(((4, "completed"), (41, "processing"))):
            _made_elsewhere(found, number, lost_at - timedelta(seconds=50 - seconds), state)


def make_budgets() -> None:
    """A hard one near its end, one overdrawn, one for each person; requests that wait, and a declined one."""
    admin, today = Member.objects.exclude(email=COLLEAGUE).get(), timezone.localdate()
    colleague = Member.objects.get(email=COLLEAGUE)
    family = StudioModel.objects.filter(slug="veo31_fast")[0].capability.engine
    for scope, limit, is_hard, named in (
        ("team", 12_000, True, {}),
        ("each", 1_500, False, {}),
        ("family", 4_600, False, {"model_family": family}),
    ):
        terms = {"scope": scope, "limit": limit, "is_hard": is_hard, "from_day": today.replace(day=1)}
        budget_changes.save(Budget(**terms, **named), by=admin)
    a_job("approval", owner=colleague, prompt="A paper boat sails past a lighthouse in a spray of foam")
    a_job("approval", owner=colleague, prompt="The same boat from above, ripples spreading to the edges")
    declined = a_job("approval", owner=colleague, prompt="A paper boat in a storm")
    approvals.decline(
        must(declined.submission.approval), admin, "Not before the client has seen the first two."
    )
    each = Budget.objects.get(scope="each")
    budget_changes.ask_for_more(each, colleague, 600, "The client wants three more versions by Friday.")


def make_tokens() -> None:
    """The admin's: in use with a budget, one that only reads, one that has run out, a revoked one; a colleague's."""
    admin, colleague = Member.objects.exclude(email=COLLEAGUE).get(), Member.objects.get(email=COLLEAGUE)
    now = timezone.now()
    script, _ = a_token(admin, name="Nightly product clips", last_used_at=now - timedelta(minutes=4))
    token_budgets.set_budget(script, TokenBudget(600), by=admin)
    for state in ("completed", "failed", "completed", "processing"):
        a_job(state, owner=admin, api_token=script, prompt="A parcel opens on a wooden table, soft daylight")
    reading = {"name": "Wall screen in the hallway", "expires_at": None, "last_used_at": now}
    a_token(admin, [Scope.READ], **reading)
    a_token(admin, name="Trade fair, spring", expires_at=now - timedelta(days=3))
    token_budgets.revoke(a_token(admin, name="Old laptop")[0], by=admin)
    a_token(colleague, name="Storyboard import", last_used_at=now - timedelta(days=9))


def make_projects() -> None:
    """One for everybody, with a budget and what its clips begin with; one for chosen people; an archived one.

    And private clips: the colleague's, and one of the admin's own.
    """
    admin, colleague = Member.objects.exclude(email=COLLEAGUE).get(), Member.objects.get(email=COLLEAGUE)
    begins = {"model_slug": "veo31_fast", "aspect_ratio": "9:16"}
    spring = a_project("Spring campaign", client="Harbour Tours", colour="teal", defaults=begins)
    film = a_project("Product film", colleague, client="Lantern & Sons", colour="violet", approve_from=400)
    a_project("Winter sale", client="Harbour Tours", colour="blue", is_archived=True)
    terms = {"limit": 1_500, "from_day": timezone.localdate().replace(day=1)}
    budget_changes.save(Budget(scope="project", project=spring, **terms), by=admin)
    for state, project in (("failed", spring), ("processing", spring), ("pending", film)):
        a_job(state, owner=colleague, project=project, prompt="Paper boats in a fountain, seen from above")
    for state in ("processing", "failed", "completed"):
        a_job(state, owner=colleague, project=spring, is_private=True, prompt="Not to be seen")
    mine = a_job(
        "completed", owner=admin, project=film, is_private=True, prompt="A surprise for the whole team"
    )
    files = JobFile.objects.filter(kind="video").values().first()
    kept = {
        name: value for name, value in must(files).items() if name not in ("id", "job_id", "position", "url")
    }
    store(mine, **kept)


def make_notifications() -> None:
    """Beside what the clips above told by themselves: more kinds, webhooks, and deliveries in each state."""
    admin = Member.objects.exclude(email="colleague@example.com").get()
    now = timezone.now()
    mine, _ = hooks.add(
        admin, "My Slack", "https://chat.invalid/services/T0", Format.SLACK, [Kind.CLIP_READY]
    )
    team, _ = hooks.add(None, "Asset library", "https://assets.invalid/dailies", Format.JSON, list(Kind)[:3])
    hooks.add(None, "Team channel", "https://chat.invalid/services/T1", Format.SLACK, [Kind.BALANCE_LOW])
    for title, kind, text in NEWS:
        notify(kind, [admin], about=title, title=title, text=text)
    Notification.objects.filter(kind=Kind.CLIP_READY).update(read_at=now)
    script = hooks.for_request(admin, "https://films.invalid/clips/ended?key=1")
    for hook, state, error, tries, answer in (
        (team, "sent", "", 1, 200),
        (team, "waiting", "It answered 503.", 3, 503),
        (mine, "failed", "It answered 404: it rejects this request.", 1, 404),
        (mine, "dropped", "The webhook was removed.", 0, None),
        (script, "sent", "", 2, 204),
    ):
        fields = {"state": state, "last_error": error, "tries": tries, "next_at": now + timedelta(hours=2)}
        fields |= {"answer": answer, "job_id": 7 if hook == script else None}
        sample = send_sample(hook)
        title = "Clip 8 is ready" if hook == mine else "Clip 7 is ready"
        told = {"kind": Kind.CLIP_READY, "title": title, "sent_at": now if state == "sent" else None}
        Delivery.objects.filter(pk=sample.pk).update(**fields, **told)


def _case(owner: Member, prompt: str, lost_at: datetime) -> Job:
    job = a_job("attention", owner=owner, prompt=prompt)
    sent_at = lost_at - timedelta(seconds=50)
    Submission.objects.filter(pk=job.submission_id).update(
        sent_at=sent_at, lost_at=lost_at, balance_before=2_000
    )
    return altered(job, created_at=sent_at)


def _made_elsewhere(job: Job, number: int, made_at: datetime, state: str) -> None:
    """A row that can be the job."""
    told: dict[str, Any] = {
        "job_id": f"7c1e04d{number}-2f6a",
        "status": state,
        "prompt": job.prompt,
        "duration_seconds": 8,
    }
    told |= {"created_at": made_at.isoformat(), "model_slug": job.model_slug}
    if state == "completed":
        told["result_urls"] = ["https://media.example.com/lanterns.mp4"]
    HistoryRecord.objects.create(
        connection=job.connection,
        upstream_id=told["job_id"],
        raw=told,
        state=state,
        model_slug=job.model_slug,
        prompt=job.prompt,
        result_urls=told.get("result_urls", []),
        charged=100,
        made_at=made_at,
    )


def give_app() -> None:
    """The colleague has an authenticator app from now on."""
    TOTP.activate(Member.objects.get(email=COLLEAGUE), APP_KEY)


def colleague() -> int:
    return Member.objects.values_list("pk", flat=True).get(email=COLLEAGUE)


def colleague_s_code() -> str:
    return code_of(APP_KEY)


def newest(state: str, archive: str | None = None) -> int:
    """The id of the newest job in that state."""
    kept = {} if archive is None else {"archive": archive}
    return Job.objects.filter(state=state, **kept).order_by("-id").values_list("pk", flat=True)[0]


def project(name: str) -> int:
    return Project.objects.get(name=name).pk


def token(name: str) -> int:
    return Token.objects.get(name=name).pk


def asked_by(token: int) -> int:
    """The id of the newest job that the token asked for."""
    return Job.objects.filter(api_token=token).latest("pk").pk


def studio(name: str) -> Connection:
    return Connection.objects.get(name=name)


def private(owner: bool) -> int:
    """The newest private clip of the admin's own, or of somebody else's."""
    jobs = Job.objects.private().order_by("-id")
    others = {"owner__email": COLLEAGUE}
    return (jobs.exclude(**others) if owner else jobs.filter(**others))[0].pk


def connection(name: str) -> int:
    return studio(name).pk


def model(connection: int, slug: str) -> int:
    return StudioModel.objects.get(connection=connection, slug=slug).pk


def poster_address() -> str:
    return f"/media/{Job.objects.exclude(poster='').latest('id').poster}"
