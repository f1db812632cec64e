"""What the team's rules refuse.

TeamError         a UserFacingError
├── LinkRefused   an invitation or sign-in link that is used, old or unknown
└── NotAllowed    a change that would break the team's rules
"""

from studio.core.errors import UserFacingError


class TeamError(UserFacingError):
    """Base of the tree."""


class LinkRefused(TeamError):
    """A link that lets nobody in any more."""


class NotAllowed(TeamError):
    """Refused; nothing was changed."""
