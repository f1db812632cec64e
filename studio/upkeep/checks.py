"""Checks of ``manage.py check --deploy``, in addition to Django's own, such as security.W018 for DEBUG."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Info, Warning, register
from django.db import DatabaseError, connection

from studio.catalog.models import Connection
from studio.team import second_factor
from studio.team.models import Member
from studio.team.sessions import shared_address
from studio.upkeep import postgresql
from studio.upkeep.errors import UpkeepFailed
from studio.worker.models import SILENT_AFTER, Heartbeat

LEAST_FREE = 2_000_000_000  # bytes: for some clips and the growth of the database
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre"}
NETWORK_FILE_SYSTEMS |= {"fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "ncpfs", "beegfs"}
SECRETS = ("secret_key", "connection_keys")  # files in DATA_DIR
# Without these a power failure can undo a commit: a request that was sent would be queued again, and paid twice.
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
KEEPS_COMMITS = {"synchronous_commit": {"on", "local", "remote_write", "remote_apply"}}


@register(deploy=True)
def check_installation(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [*_address(), *_folder(), *_secrets(), *_database()]


def _address() -> Iterator[CheckMessage]:
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if not settings.HTTPS and not is_near(host):
        hint = "Put a proxy with a certificate in front of it, and set PUBLIC_URL to its https address."
        yield Warning(
            f"People reach Dailies at {settings.PUBLIC_URL}: passwords and clips are sent unencrypted.",
            hint,
            id="dailies.W001",
        )


def is_near(host: str) -> bool:
    """Whether ``host`` is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _folder() -> Iterator[CheckMessage]:
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < LEAST_FREE:
        hint = (
            "Without free space, clips cannot be downloaded. Dailies retries until the studio deletes them."
        )
        yield Warning(f"Only {free / 1e9:.1f} GB are free in {settings.DATA_DIR}.", hint, id="dailies.W002")
    media = Path(settings.MEDIA_ROOT)
    if media.exists() and not os.access(media, os.W_OK | os.X_OK):
        yield Warning(f"Clips cannot be stored: {media} is not writable.", id="dailies.W003")


def _secrets() -> Iterator[CheckMessage]:
    for path in (*(settings.DATA_DIR / name for name in SECRETS), settings.BASE_DIR / ".env"):
        if path.exists() and path.stat().st_mode & 0o077:
            yield Warning(
                f"Other users of this machine can read {path}.", f"chmod 600 {path}", id="dailies.W004"
            )


# ── The database ────────────────────────────────────────────────────────────────────────────────────────
def _database() -> Iterator[CheckMessage]:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield Warning(f"The database cannot be reached: {' '.join(str(error).split())}", id="dailies.W005")
        return
    yield from _postgresql() if connection.vendor == "postgresql" else _sqlite()
    with suppress(DatabaseError):  # no tables yet
        yield from _held()
        yield from _admins_by_password_alone()
        yield from _one_address()


def _held() -> Iterator[CheckMessage]:
    for held in Connection.objects.filter(held_since__isnull=False):
        yield Warning(
            f"Sending to {held} has been on hold since {held.held_since:%Y-%m-%d %H:%M} UTC: a backup was restored.",
            "It resumes automatically when the studio's history shows that nothing is paid twice. An admin can decide "
            "earlier.",
            id="dailies.W006",
        )


def _sqlite() -> Iterator[CheckMessage]:
    mode, version = _ask("PRAGMA journal_mode").upper(), sqlite3.sqlite_version
    why = "" if mode == "WAL" else f" (SQLite {version} can corrupt a WAL database)"
    yield Info(f"SQLite {version} in journal mode {mode}{why}, synchronous FULL.", id="dailies.I001")
    if (kind := file_system_of(settings.DATA_DIR)) in NETWORK_FILE_SYSTEMS:
        yield Warning(
            f"The database is on a network file system ({kind}), where SQLite's locks are not reliable.",
            "Move DATA_DIR to a disk of this machine, or use PostgreSQL (DATABASE_URL).",
            id="dailies.W007",
        )
    with suppress(DatabaseError):  # no tables yet
        workers = Heartbeat.fresh().count()
        if workers > 1:
            yield Warning(
                f"{workers} workers were active in the last {SILENT_AFTER.seconds} s, on SQLite.",
                "SQLite allows one write at a time: run one worker, or use PostgreSQL for several.",
                id="dailies.W008",
            )


def _admins_by_password_alone() -> Iterator[CheckMessage]:
    """Warn about admins without a second factor, if people sign in by https at a public address."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if is_near(host) or not settings.HTTPS:  # without https, W001 is the more urgent warning
        return
    if bare := second_factor.without_one(Member.objects.active_admins()).count():
        who = "1 admin has" if bare == 1 else f"{bare} admins have"
        hint = "Set one up under Profile, Security. REQUIRE_SECOND_FACTOR=admins requires it."
        yield Warning(
            f"{who} no second factor: the password alone gives full access.", hint, id="dailies.W012"
        )


def _one_address() -> Iterator[CheckMessage]:
    if is_near(urlsplit(settings.PUBLIC_URL).hostname or ""):  # everyone uses this machine
        return
    if address := shared_address():
        yield Warning(
            f"All members of the last 7 days came from {address}, so limits on failed sign-ins count them as one.",
            "If that is a proxy, set TRUSTED_PROXY_COUNT to the number of proxies.",
            id="dailies.W013",
        )


def file_system_of(path: Path) -> str:
    """The type of the file system at ``path`` as Linux names it ("ext4", "nfs4"), or "" if unknown."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    found = [(Path(_unescaped(line.split()[4])), line.partition(" - ")[2].split()[0]) for line in mounts]
    above = [(len(mount.parts), kind) for mount, kind in found if path.resolve().is_relative_to(mount)]
    return max(above, key=lambda pair: pair[0], default=(0, ""))[1]


def _unescaped(mount: str) -> str:
    return mount.replace(r"\040", " ").replace(r"\011", "\t").replace(r"\134", "\\")


def _postgresql() -> Iterator[CheckMessage]:
    yield Info(f"PostgreSQL {_ask('SHOW server_version')}, isolation {_isolation()}.", id="dailies.I001")
    for name, safe in DURABLE.items():
        value = _ask(f"SHOW {name}")
        if value not in KEEPS_COMMITS.get(name, {safe}):
            yield Warning(
                f"{name} is {value} on the database server: a crash can undo commits, and a request could be sent and "
                "paid a second time.",
                f"Set {name} = {safe}.",
                id="dailies.W009",
            )
    place, options = connection.settings_dict["HOST"], connection.settings_dict["OPTIONS"]
    if not place.startswith("/") and not is_near(place) and not _is_encrypted(options):
        hint = "Add ?sslmode=verify-full (or require) to DATABASE_URL."
        yield Warning(
            f"The connection to the database at {place} may be unencrypted.", hint, id="dailies.W010"
        )
    try:
        postgresql.program("pg_dump")
    except UpkeepFailed as error:
        yield Warning(f"manage.py backup would fail: {error.sentence}", id="dailies.W011")


def _is_encrypted(options: dict[str, Any]) -> bool:
    return options.get("sslmode") in ("require", "verify-ca", "verify-full")


def _isolation() -> str:
    return _ask("SHOW default_transaction_isolation")


def _ask(question: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return str(cursor.fetchone()[0])
