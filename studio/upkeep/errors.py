"""What can go wrong, in sentences."""


class UpkeepFailed(Exception):
    """A backup or a restore that was not done. ``str()`` is one sentence fit for a person."""


class Damaged(UpkeepFailed):
    """A database, or a copy of one, that is not whole."""


class RestoredInPart(UpkeepFailed):
    """The backup is in place and its queue held, but what had to follow was not done."""
