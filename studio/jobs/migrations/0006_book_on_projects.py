"""What was made so far belongs to the general project, counts for the day it was asked for, and is summed up."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

BATCH = 2_000
ENDED = {"completed", "failed", "rejected", "cancelled", "abandoned", "stopped"}
SUMS = {"hold": ("held", 1), "release": ("held", -1), "charge": ("charged", 1), "refund": ("refunded", 1)}


def families(apps: StateApps) -> dict[tuple[int, str], str]:
    """(connection, model) → the engine that the record names, else the model's name."""
    models = apps.get_model("catalog", "StudioModel").objects.values_list("connection_id", "slug", "name", "record")
    return {
        (connection, slug): str((record or {}).get("engine") or name or slug)[:80]
        for connection, slug, name, record in models
    }


def fill_jobs(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Job, Project = apps.get_model("jobs", "Job"), apps.get_model("projects", "Project")
    if not Job.objects.exists():
        return
    general, _ = Project.objects.get_or_create(is_general=True, defaults={"name": "General"})
    family = families(apps)
    for jobs in _in_batches(Job.objects.all()):
        for job in jobs:
            job.project_id, job.spender_id = general.pk, job.owner_id
            job.asked_on = timezone.localdate(job.created_at)
            job.model_family = family.get((job.connection_id, job.model_slug), job.model_name[:80])
        Job.objects.bulk_update(jobs, ["project", "spender", "asked_on", "model_family"], batch_size=200)


def fill_ledger(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Entry, Job = apps.get_model("credits", "Entry"), apps.get_model("jobs", "Job")
    for entries in _in_batches(Entry.objects.all()):
        jobs = Job.objects.in_bulk({entry.job_id for entry in entries if entry.job_id})
        for entry in entries:
            job = jobs.get(entry.job_id)
            entry.day = job.asked_on if job else timezone.localdate(entry.at)
            entry.project_id = job.project_id if job else None
            entry.model_family = job.model_family if job else ""
        Entry.objects.bulk_update(entries, ["day", "project", "model_family"], batch_size=200)


def fill_totals(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Entry, Job = apps.get_model("credits", "Entry"), apps.get_model("jobs", "Job")
    totals: defaultdict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for jobs in _in_batches(Job.objects.all()):
        by_job: defaultdict[int, Counter[str]] = defaultdict(Counter)
        booked = Entry.objects.filter(job_id__in=[job.pk for job in jobs])
        for job_id, kind, amount in booked.values_list("job_id", "kind", "amount"):
            column, sign = SUMS[kind]
            by_job[job_id][column] += sign * amount
        for job in jobs:
            totals[_key(job)].update({"clips": 1, **by_job[job.pk]})
    DayTotal = apps.get_model("credits", "DayTotal")
    names = ("day", "connection_id", "person_id", "project_id", "model_slug", "model_family", "outcome")
    rows = (DayTotal(**dict(zip(names, key, strict=True)), **sums) for key, sums in totals.items())
    DayTotal.objects.bulk_create(rows, batch_size=200)


def _key(job: Any) -> tuple[Any, ...]:
    outcome = job.state if job.state in ENDED else "open"
    about = (job.connection_id, job.spender_id, job.project_id, job.model_slug, job.model_family)
    return (job.asked_on, *about, outcome)


def _in_batches(rows: Any) -> Iterator[list[Any]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_test_begun"),
        ("credits", "0002_spending"),
        ("jobs", "0005_projects_and_approvals"),
        ("projects", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(fill_jobs, migrations.RunPython.noop),
        migrations.RunPython(fill_ledger, migrations.RunPython.noop),
        migrations.RunPython(fill_totals, migrations.RunPython.noop),
    ]
