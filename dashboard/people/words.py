"""What admins read about people: the roles in plain words, and what may become of the clips of somebody who leaves."""

from enum import StrEnum

from studio.jobs.handover import Workload
from studio.team.models import Role

ROLES: dict[str, str] = {
    Role.VIEWER: "Sees what the team makes and what it costs, and changes nothing.",
    Role.MEMBER: "Makes clips, and decides about their own.",
    Role.MANAGER: "Also decides on spending: budgets, approvals, projects, and anybody’s clips.",
    Role.ADMIN: "Also runs the installation: people, connections, the audit log.",
}


class Fate(StrEnum):
    UNFINISHED = "unfinished"
    EVERYTHING = "everything"
    CANCEL = "cancel"
    STAY = "stay"


FATES = {
    Fate.UNFINISHED: ("Hand over what is unfinished", "The finished clips stay under their name."),
    Fate.EVERYTHING: (
        "Hand over everything",
        "The finished clips, too. What they cost stays where it was booked.",
    ),
    Fate.CANCEL: (
        "Cancel what is not sent yet",
        "It costs nothing then. What the studio has already goes on.",
    ),
    Fate.STAY: (
        "Leave everything as it is",
        "What waits is made and paid for, and all of it stays under their name.",
    ),
}


def fates_of(load: Workload) -> dict[Fate, tuple[str, str]]:
    """Label and sentence of each choice that makes sense for these clips; the first is proposed."""
    senseless = set[Fate]()
    if not load.unfinished:
        senseless |= {Fate.UNFINISHED, Fate.CANCEL}
    if not load.waiting:
        senseless.add(Fate.CANCEL)
    if not load.unfinished and not load.ended:
        senseless = set(Fate)
    fates = [fate for fate in Fate if fate not in senseless]
    if not load.unfinished:
        fates.reverse()  # nothing has to be taken over
    return {fate: FATES[fate] for fate in fates}


def load_phrase(load: Workload) -> str:
    """ "2 wait to be sent, 1 is being made, 1 needs a decision, 40 are finished"."""
    parts = (
        (load.waiting, "waits to be sent", "wait to be sent"),
        (load.running, "is being made", "are being made"),
        (load.deciding, "needs a decision", "need a decision"),
        (load.ended, "is finished", "are finished"),
    )
    return ", ".join(f"{count:,} {one if count == 1 else many}" for count, one, many in parts if count)
