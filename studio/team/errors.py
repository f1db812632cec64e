"""What the team's rules refuse.

TeamError         carries ``sentence``, fit for a person
├── LinkRefused   an invitation or sign-in link that is used, old or unknown
└── NotAllowed    a change that would break the team's rules
"""


class TeamError(Exception):
    """Base of the tree. ``sentence`` can be shown to a person; ``str()`` gives the same."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class LinkRefused(TeamError):
    """A link that lets nobody in any more."""


class NotAllowed(TeamError):
    """Refused; nothing was changed."""
