"""Errors of backup and restore, each with a sentence for a person."""

from studio.core.errors import UserFacingError


class UpkeepFailed(UserFacingError):
    """The backup or restore was not done."""


class Damaged(UpkeepFailed):
    """The database, or a copy of one, is damaged or incomplete."""


class RestoredInPart(UpkeepFailed):
    """The database was restored and its queue is on hold, but a later step failed."""
