"""Who may open a stored file. It is private if a private clip has it, and no other clip that the person may see."""

import re
from enum import Enum
from pathlib import PurePosixPath

from studio.catalog.models import Connection
from studio.jobs.models import Job, JobQuerySet
from studio.team.models import Member

# The names that studio.library.archive gives to a file and its pictures, and studio.sandbox to the files it makes.
KEPT = re.compile(r"([0-9a-f]{64})(?:-[a-z]+)?\.[a-z0-9]+")


class Access(Enum):
    OPEN = "open"
    OWN = "own"  # private, and requested by this person: no cache may serve it to others
    NONE = "none"


def access(member: Member, name: str) -> Access:
    """The member's access to ``name`` (relative to MEDIA_URL). Equal files share a name: one visible clip is enough."""
    having = _having(name)
    private = having.private()
    if not private.exists():
        return Access.OPEN
    if having.filter(is_private=False).exists():
        return Access.OPEN
    return Access.OWN if private.filter(spender=member).exists() else Access.NONE


def _having(name: str) -> JobQuerySet:
    path = PurePosixPath(name)
    if path.parts[0] == "sandbox":
        sandboxes = Connection.objects.filter(kind=Connection.Kind.SANDBOX)
        return Job.objects.filter(connection__in=sandboxes, upstream_id=path.stem)
    kept = KEPT.fullmatch(path.name)
    return Job.objects.filter(files__sha256=kept[1]) if kept else Job.objects.none()
