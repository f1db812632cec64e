"""Encrypts API keys for storage, with a key of this installation, bound to the address that they are for.

Importing it is cheap; ``cryptography`` (36 ms) is imported when a key is first encrypted or decrypted.
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
    """A key that cannot be decrypted, so nothing can be sent with it."""


@sensitive_variables("key")
def seal(key: Secret, base_url: str) -> str:
    """Encrypt ``key`` for this address only. Raises CannotOpen without an encryption key."""
    return _cipher().encrypt(f"{base_url}\n{key.reveal()}".encode()).decode()


def unseal(sealed: str, base_url: str) -> Secret:
    """Decrypt a key. Raises CannotOpen for another encryption key, or if the key is for another address."""
    address, _, key = _opened(sealed).partition("\n")
    if address != base_url:
        raise CannotOpen(f"This key is not for {base_url}. An admin can enter it again.")
    return Secret(key)


def reseal(sealed: str) -> str:
    """Encrypt the same key with the newest encryption key. Raises CannotOpen."""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - 36 ms that start-up should not pay

    try:
        return _cipher().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen(LOST) from None


@sensitive_variables()
def add_encryption_key() -> None:
    """Put a new key at the front of the file. Raises CannotOpen, with the file unchanged."""
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
    """Created for each use, because another process may have rotated the keys."""
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - 36 ms that start-up should not pay

    try:
        return MultiFernet([Fernet(key) for key in _encryption_keys()])
    except ValueError:  # no key at all, or an invalid one
        raise CannotOpen(NO_ENCRYPTION_KEY) from None


@sensitive_variables()
def _encryption_keys() -> list[str]:
    """All encryption keys, newest first."""
    if settings.ENCRYPTION_KEYS:
        return list(settings.ENCRYPTION_KEYS)
    try:
        return settings.ENCRYPTION_KEYS_FILE.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        raise CannotOpen(NO_ENCRYPTION_KEY) from None


@sensitive_variables()
def _write(keys: list[str]) -> None:
    """Replace the file atomically, readable only by its owner."""
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
