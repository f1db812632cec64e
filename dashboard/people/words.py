"""Words about people for admins: the roles, and what can happen to a leaver's clips."""

from enum import StrEnum

from studio.jobs.handover import Workload
from studio.team.models import Role

ROLES: dict[str, str] = {
    Role.VIEWER: "Can see clips and costs, but cannot make changes.",
    Role.MEMBER: "Can make clips and manage their own.",
    Role.MANAGER: "Can also manage budgets, approvals, projects and everyone’s clips.",
    Role.ADMIN: "Can also manage people, connections and the audit log.",
}


class Fate(StrEnum):
    UNFINISHED = "unfinished"
    EVERYTHING = "everything"
    CANCEL = "cancel"
    STAY = "stay"


FATES = {
    Fate.UNFINISHED: ("Reassign unfinished clips", "Finished clips stay in their name."),
    Fate.EVERYTHING: (
        "Reassign all clips",
        "Past costs stay charged to them.",
    ),
    Fate.CANCEL: (
        "Cancel unsent clips",
        "This is free. Clips already at the studio continue.",
    ),
    Fate.STAY: (
        "Change nothing",
        "Queued clips are made and charged, and all clips stay in their name.",
    ),
}


def fates_of(load: Workload) -> dict[Fate, tuple[str, str]]:
    """Label and sentence of each choice that applies to these clips; the first is the default."""
    senseless = set[Fate]()
    if not load.unfinished:
        senseless |= {Fate.UNFINISHED, Fate.CANCEL}
    if not load.waiting:
        senseless.add(Fate.CANCEL)
    if not load.unfinished and not load.ended:
        senseless = set(Fate)
    fates = [fate for fate in Fate if fate not in senseless]
    if not load.unfinished:
        fates.reverse()  # nothing has to be reassigned
    return {fate: FATES[fate] for fate in fates}


def load_phrase(load: Workload) -> str:
    """ "2 queued, 1 in progress, 1 needs attention, 40 finished"."""
    parts = (
        (load.waiting, "queued", "queued"),
        (load.running, "in progress", "in progress"),
        (load.deciding, "needs attention", "need attention"),
        (load.ended, "finished", "finished"),
    )
    return ", ".join(f"{count:,} {one if count == 1 else many}" for count, one, many in parts if count)
