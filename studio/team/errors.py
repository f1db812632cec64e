"""Errors of the team's rules.

TeamError         a UserFacingError
├── LinkRefused   an invitation or sign-in link that is used, old or unknown
└── NotAllowed    a change that would break the team's rules
"""

from studio.core.errors import UserFacingError


class TeamError(UserFacingError):
    """Base class."""


class LinkRefused(TeamError):
    """The link is no longer valid."""


class NotAllowed(TeamError):
    """The change is not allowed; nothing was changed."""
