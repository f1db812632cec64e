"""What can go wrong, in sentences."""

from studio.core.errors import UserFacingError


class UpkeepFailed(UserFacingError):
    """A backup or a restore that was not done."""


class Damaged(UpkeepFailed):
    """A database, or a copy of one, that is not whole."""


class RestoredInPart(UpkeepFailed):
    """The backup is in place and its queue held, but what had to follow was not done."""
