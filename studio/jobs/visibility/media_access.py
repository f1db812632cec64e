"""Who may open a file of our own storage: it is private when a private clip has it, and no other that they may see."""

import re
from enum import Enum
from pathlib import PurePosixPath

from studio.catalog.models import Connection
from studio.jobs.models import Job, JobQuerySet
from studio.team.models import Member

# As studio.library.archive names a file and the pictures drawn of it, and studio.sandbox the ones that it makes.
KEPT = re.compile(r"([0-9a-f]{64})(?:-[a-z]+)?\.[a-z0-9]+")


class Access(Enum):
    OPEN = "open"
    OWN = "own"  # private, and of who asks: no cache may answer for us
    NONE = "none"


def access(member: Member, name: str) -> Access:
    """``name`` is one below MEDIA_URL. Equal files have one name: any clip that shows it is enough."""
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
