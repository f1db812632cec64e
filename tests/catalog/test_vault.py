"""API keys at rest."""

import base64
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as product
from django.core import serializers
from django.core.management import CommandError, call_command

from studio import env
from studio.catalog import register, vault
from studio.catalog.models import Connection
from studio.upstream.secret import Secret

URL = "https://api.example.com"
KEY = "sk-live-0123456789-abcdef-wxyz"
OTHER = base64.urlsafe_b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def key_file(settings, tmp_path: Path) -> Path:
    settings.ENCRYPTION_KEYS_FILE = tmp_path / "connection_keys"
    settings.ENCRYPTION_KEYS_FILE.write_text(env.new_encryption_key())
    return settings.ENCRYPTION_KEYS_FILE


def rotate(*arguments: str) -> str:
    said = StringIO()
    call_command("rotate-keys", *arguments, stdout=said)
    return said.getvalue()


def test_a_sealed_key_is_opened_for_its_own_address_only():
    sealed = vault.seal(Secret(KEY), URL)
    assert KEY not in sealed
    assert vault.unseal(sealed, URL).reveal() == KEY
    with pytest.raises(vault.CannotOpen, match=r"not for https://elsewhere\.example\.com") as refused:
        vault.unseal(sealed, "https://elsewhere.example.com")
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("spoilt", [OTHER, "", "no key at all", "\xff", None])
def test_with_another_encryption_key_or_none_it_stays_shut(key_file: Path, spoilt: str | None):
    sealed = vault.seal(Secret(KEY), URL)
    if spoilt is None:
        key_file.unlink()
    else:
        key_file.write_text(spoilt, encoding="latin-1")
    with pytest.raises(vault.CannotOpen, match="encryption key"):
        vault.unseal(sealed, URL)


def test_a_tampered_key_stays_shut():
    sealed = vault.seal(Secret(KEY), URL)
    with pytest.raises(vault.CannotOpen):
        vault.unseal(sealed[:-4] + "AAAA", URL)


def test_rotating_encrypts_anew_and_backups_can_still_be_read(db: None, key_file: Path):
    connection = register.add("Studio", URL, 24, Secret(KEY))
    before, first = connection.sealed_key, key_file.read_text().split()
    assert "newest encryption key" in rotate()
    connection.refresh_from_db()
    assert connection.sealed_key != before
    assert vault.unseal(before, URL).reveal() == vault.unseal(connection.sealed_key, URL).reveal() == KEY
    newest, *old = key_file.read_text().split()
    assert old == first
    assert key_file.stat().st_mode & 0o077 == 0
    key_file.write_text(newest)
    assert vault.unseal(connection.sealed_key, URL).reveal() == KEY


def test_old_encryption_keys_are_forgotten_when_asked(db: None, key_file: Path):
    connection = register.add("Studio", URL, 24, Secret(KEY))
    rotate("--forget-old")
    assert len(key_file.read_text().split()) == 1
    connection.refresh_from_db()
    assert vault.unseal(connection.sealed_key, URL).reveal() == KEY


def test_what_cannot_be_opened_is_named_and_nothing_is_forgotten(db: None, key_file: Path):
    register.add("Studio A", URL, 24, Secret(KEY))
    key_file.write_text(env.new_encryption_key())
    whole = register.add("Studio B", URL, 24, Secret(KEY))
    with pytest.raises(CommandError, match=r"were not changed: Studio A\."):
        rotate("--forget-old")
    assert len(key_file.read_text().split()) == 2
    whole.refresh_from_db()
    assert vault.unseal(whole.sealed_key, URL).reveal() == KEY


def test_a_key_of_the_environment_is_rotated_by_putting_a_new_one_in_front(
    db: None, settings, key_file: Path
):
    old, new, kept = env.new_encryption_key(), env.new_encryption_key(), key_file.read_text()
    settings.ENCRYPTION_KEYS = [old]
    connection = register.add("Studio", URL, 24, Secret(KEY))
    settings.ENCRYPTION_KEYS = [new, old]
    assert "from ENCRYPTION_KEY" in rotate()
    settings.ENCRYPTION_KEYS = [new]
    connection.refresh_from_db()
    assert vault.unseal(connection.sealed_key, URL).reveal() == KEY
    assert key_file.read_text() == kept


def test_the_key_stands_in_no_column(db: None):
    register.add("Studio", URL, 24, Secret(KEY))
    dumped = serializers.serialize("json", Connection.objects.all())
    assert KEY not in dumped
    assert '"key_ending": "wxyz"' in dumped


def test_a_short_key_shows_nothing_of_itself(db: None):
    assert register.add("Studio", URL, 24, Secret("shortkey")).key_ending == ""


def test_the_installation_makes_an_encryption_key_for_its_owner_only():
    made = product.DATA_DIR / "connection_keys"
    assert made.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("value", ["nonsense", "c2hvcnQ=", f"{OTHER} short"])
def test_an_encryption_key_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv("ENCRYPTION_KEY", value)
    with pytest.raises(env.WrongEnvironment, match="ENCRYPTION_KEY must contain keys of 32 bytes") as refused:
        env.encryption_keys("ENCRYPTION_KEY")
    assert value not in str(refused.value)


def test_start_up_does_not_pay_for_cryptography(tmp_path: Path):
    code = (
        "import django, sys; django.setup(); import studio.urls, studio.worker.loops;"
        "sys.exit('cryptography.fernet' in sys.modules)"
    )
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "studio.settings"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=110)
