"""The base class of every error that carries a sentence for a person."""


class UserFacingError(Exception):
    """``sentence`` can be shown to a person as it is; ``str()`` gives the same.

    Each package derives its own small tree. A view that only shows the sentence catches this class; it names a
    subclass where it does something else as well, such as answering 503.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
