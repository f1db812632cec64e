"""API keys at rest: encrypted with a key of this installation's own, and bound to the address they were given for.

Importing this is cheap; ``cryptography`` (36 ms) is imported when a key is first sealed or opened.
"""

import os
from contextlib import suppress
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from studio.contract.errors import KeyRefused
from studio.upstream.secret import Secret

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

LOST = "The key cannot be read with this installation's encryption key: it was saved with another one."
NO_ENCRYPTION_KEY = "This installation's encryption key cannot be read, so no API key can be kept or used."


class CannotOpen(KeyRefused):
    """A sealed key that stays shut: nothing can be sent with it."""


@sensitive_variables("key")
def seal(key: Secret, base_url: str) -> str:
    """``key`` for this address alone. Raises CannotOpen without an encryption key."""
    return _cipher().encrypt(f"{base_url}\n{key.reveal()}".encode()).decode()


def unseal(sealed: str, base_url: str) -> Secret:
    """Raises CannotOpen: for another encryption key, and for a key that was given for another address."""
    address, _, key = _opened(sealed).partition("\n")
    if address != base_url:
        raise CannotOpen(f"This key was not given for {base_url}. An admin can enter it again.")
    return Secret(key)


def reseal(sealed: str) -> str:
    """The same key under the newest encryption key. Raises CannotOpen."""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - 36 ms that start-up should not pay

    try:
        return _cipher().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen(LOST) from None


@sensitive_variables()
def add_encryption_key() -> None:
    """Put a new key in front of the file. Raises CannotOpen, with the file as it was."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - 36 ms that start-up should not pay

    _write([Fernet.generate_key().decode(), *_encryption_keys()])


@sensitive_variables()
def forget_old_encryption_keys() -> None:
    _write(_encryption_keys()[:1])


def _opened(sealed: str) -> str:
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - 36 ms that start-up should not pay

    try:
        return _cipher().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen(LOST) from None


@sensitive_variables()
def _cipher() -> "MultiFernet":
    """Made anew each time: another process may have rotated the keys since."""
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - 36 ms that start-up should not pay

    try:
        return MultiFernet([Fernet(key) for key in _encryption_keys()])
    except ValueError:  # none at all, or one that is no key
        raise CannotOpen(NO_ENCRYPTION_KEY) from None


@sensitive_variables()
def _encryption_keys() -> list[str]:
    """The newest first."""
    if settings.ENCRYPTION_KEYS:
        return list(settings.ENCRYPTION_KEYS)
    try:
        return settings.ENCRYPTION_KEYS_FILE.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        raise CannotOpen(NO_ENCRYPTION_KEY) from None


@sensitive_variables()
def _write(keys: list[str]) -> None:
    """Whole or not at all, and for its owner only."""
    path = settings.ENCRYPTION_KEYS_FILE
    with NamedTemporaryFile("w", dir=path.parent, encoding="ascii", delete=False) as file:
        try:
            file.write("".join(f"{key}\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(file.name)
            raise
