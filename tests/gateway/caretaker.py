"""Lives inside an installation that tests started, and does there what a test asks for: a line of JSON each.

It runs the installation's own programs, so that a test can kill one, and makes people and tokens. When nobody
asks any more (the end of its input), it stops everything.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connections
from django.db.models import Sum
from django.utils import timezone

from studio.audit.models import Entry as AuditEntry
from studio.catalog.connections import default_connection
from studio.catalog.models import Connection, StudioModel
from studio.credits.balance import note_balance
from studio.credits.models import Budget, Entry
from studio.jobs.models import Job
from studio.sandbox.models import SandboxAccount, SandboxJob
from studio.team.models import Member
from studio.tokens.keyring import issue
from studio.tokens.models import Scope
from studio.worker.management.commands.up import web_server, worker
from studio.worker.supervision.preparation import make_first_admin, migrate
from studio.worker.supervision.supervisor import answers
from tests.worker.processes import descendants, wait_for

PROGRAMS = {"web server": web_server, "worker": worker}
LONG = 60  # seconds, on a machine that has a lot to do
ENDED_BY_TESTS = "The test that asked for it is over."
running: dict[str, subprocess.Popen[bytes]] = {}


# ── Programs ────────────────────────────────────────────────────────────────────────────────────────────
def prepare() -> None:
    migrate()
    make_first_admin()


def start(name: str) -> None:
    """What it says goes to ``log`` in DATA_DIR."""
    with Path(settings.DATA_DIR, "log").open("ab") as log:
        running[name] = subprocess.Popen(
            PROGRAMS[name](), stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
        )
    if name == "web server":
        wait_for(lambda: answers(settings.NEAR_HOST, settings.PORT), "the web server", LONG)


def stop(name: str, number: int = signal.SIGTERM) -> None:
    """SIGKILL ends the whole group at once."""
    program = running.pop(name)
    with suppress(ProcessLookupError):
        os.killpg(program.pid, number) if number == signal.SIGKILL else program.terminate()
    try:
        program.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()


def knows_models() -> None:
    wait_for(StudioModel.objects.filter(connection=default_connection()).exists, "the models", LONG)


# ── People and money ────────────────────────────────────────────────────────────────────────────────────
def newcomer(scopes: list[str] | None = None) -> dict[str, Any]:
    """A new member with a token, which has both scopes unless ``scopes`` names them."""
    email = f"{uuid4().hex}@example.com"
    owner = Member.objects.create_user(email, None)
    token, text = issue(owner, "A test's", [Scope(one) for one in scopes or Scope], by=owner)
    return {"member": owner.pk, "token": token.pk, "text": text}


def set_credits(credits: int) -> None:
    """The sandbox's account has that many, and gets none back from what other tests left unfinished."""
    unfinished = SandboxJob.objects.filter(state__in=("pending", "processing"))
    if unfinished.update(state="failed", error_message=ENDED_BY_TESTS, completed_at=timezone.now()):
        _stop_drawing()
    spend_elsewhere(leaving=credits)
    note_balance(default_connection().pk, credits)


def _stop_drawing() -> None:
    """Nobody waits for the clip that a child of the worker draws."""
    for child in descendants(running["worker"].pid):
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def spend_elsewhere(leaving: int) -> None:
    """Past Dailies, which does not know of it yet."""
    SandboxAccount.objects.update(credits=leaving)


def let_send(posts_per_hour: int) -> None:
    Connection.objects.update(posts_per_hour=posts_per_hour)


def limit_token(token: int, credits: int) -> None:
    """A hard budget of the token's own."""
    Budget.objects.create(
        scope=Budget.Scope.TOKEN,
        token_id=token,
        limit=credits,
        from_day=timezone.localdate() - timedelta(days=1),
    )


def books(member: int) -> dict[str, int]:
    """Of a member: jobs here, jobs of their prompts at the sandbox, and credits that were ever held and charged."""
    jobs = Job.objects.filter(spender_id=member)
    prompts = list(jobs.values_list("prompt", flat=True).distinct())
    entries = Entry.objects.filter(person_id=member)
    sums = dict(entries.order_by().values_list("kind").annotate(Sum("amount")))
    return {
        "jobs": jobs.count(),
        "made": SandboxJob.objects.filter(request__prompt__in=prompts).count(),
        "asked": sums.get(Entry.Kind.HOLD, 0),
        "charged": sums.get(Entry.Kind.CHARGE, 0),
    }


def audit_entries() -> list[str]:
    return [str(sorted(entry.items())) for entry in AuditEntry.objects.values()]


DEEDS: dict[str, Callable[..., Any]] = {
    deed.__name__: deed
    for deed in (
        prepare,
        start,
        stop,
        knows_models,
        newcomer,
        set_credits,
        spend_elsewhere,
        let_send,
        limit_token,
        books,
        audit_entries,
    )
}


def serve() -> None:
    """Until the end of the input; then every program is stopped."""
    try:
        for line in sys.stdin:
            deed, arguments = json.loads(line)
            try:
                said = {"done": DEEDS[deed](**arguments)}
            except Exception:
                said = {"failed": traceback.format_exc()}
            print(json.dumps(said), flush=True)
    finally:
        for program in running.values():
            program.terminate()
        for name in [*running]:
            stop(name)
        connections.close_all()
