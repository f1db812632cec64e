"""A manager's changes to projects; all are audited."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from studio.audit.log import record
from studio.core.rows import compare_and_set
from studio.projects.models import Project
from studio.team.errors import NotAllowed
from studio.team.models import Member

TERMS = ("name", "client", "colour", "is_for_all", "defaults", "approve_from")


@transaction.atomic
def save(project: Project, members: Iterable[Member], *, by: Member) -> None:
    """Save a new or changed project. Nothing is audited if nothing changed."""
    before = _terms(Project.objects.filter(pk=project.pk).first())
    project.save()
    project.members.set(members)
    after = _terms(project)
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    if changed:
        what = "project.changed" if before else "project.created"
        record(what, by=by, about=f"project:{project.pk}", **{**changed, "name": project.name})


def _terms(project: Project | None) -> dict[str, Any]:
    if project is None:
        return {}
    members = sorted(str(member) for member in project.members.all())
    return {**{name: getattr(project, name) for name in TERMS}, "members": members}


@transaction.atomic
def archive(project: Project, *, by: Member) -> bool:
    """Archive the project: no new clips, but running ones go on. False if it was archived. Raises NotAllowed."""
    if project.is_general:
        raise NotAllowed("The general project can’t be archived: it is for clips without another project.")
    is_archived = compare_and_set(Project.objects.open(), project, archived_at=timezone.now())
    if is_archived:
        record("project.archived", by=by, about=f"project:{project.pk}", name=project.name)
    return is_archived


@transaction.atomic
def restore(project: Project, *, by: Member) -> bool:
    """Allow new clips in it again. False if it was not archived."""
    is_open = compare_and_set(Project.objects.filter(archived_at__isnull=False), project, archived_at=None)
    if is_open:
        record("project.restored", by=by, about=f"project:{project.pk}", name=project.name)
    return is_open
