"""Dumps and restores a PostgreSQL database with pg_dump, pg_restore and psql."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from studio.upkeep.errors import Damaged, UpkeepFailed

FILE = "database.pgdump"
INSTALLED = Path("/usr/lib/postgresql")  # where Debian installs each version, in a folder of its own
ENVIRONMENT = {
    "NAME": "PGDATABASE",
    "USER": "PGUSER",
    "PASSWORD": "PGPASSWORD",
    "HOST": "PGHOST",
    "PORT": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "channel_binding": "PGCHANNELBINDING",
    "passfile": "PGPASSFILE",
}
# Everything in our schema that belongs neither to an extension ("e") nor to another object ("i": the sequence of an
# identity column). IF EXISTS, because an earlier CASCADE may have dropped it already.
OWN_THINGS = """
    SELECT format('DROP %s IF EXISTS %s CASCADE;', kind, name) FROM (
        SELECT oid, 'pg_class'::regclass AS class, relnamespace AS namespace, oid::regclass::text AS name,
            CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                ELSE 'TABLE' END AS kind
        FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
        UNION ALL SELECT oid, 'pg_proc'::regclass, pronamespace, oid::regprocedure::text, 'ROUTINE' FROM pg_proc
        UNION ALL SELECT oid, 'pg_type'::regclass, typnamespace, oid::regtype::text, 'TYPE'
        FROM pg_type WHERE typtype IN ('e', 'd')
    ) AS thing WHERE namespace = current_schema()::regnamespace AND NOT EXISTS (
        SELECT 1 FROM pg_depend WHERE classid = thing.class AND objid = thing.oid AND deptype IN ('e', 'i'))
"""


def dump(target: Path) -> dict[str, int]:
    """Dump one snapshot of the database to ``target``; return its rows by table. Blocks no other connection."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(
            "SET LOCAL idle_in_transaction_session_timeout = 0"
        )  # dumping a large database takes longer
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        counts = {table: _count(cursor, table) for table in _tables(cursor)}
        how = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
        _run("pg_dump", *how, f"--file={target}")
    return counts


def verify(file: Path) -> dict[str, int]:
    """Count the rows of each table in the file. Raises Damaged if it cannot be read to the end."""
    listed = _run("pg_restore", "--list", str(file))
    tables = re.findall(r"^\d+; \d+ \d+ TABLE DATA \S+ (\S+)", listed, flags=re.MULTILINE)
    counts = dict.fromkeys(sorted(tables), 0)
    command = [program("pg_restore"), "--data-only", "--file=-", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        assert process.stdout
        for table in _rows(process.stdout):
            counts[table] += 1
    if process.returncode:
        raise Damaged(f"{file.name} is damaged: pg_restore cannot read all of it.")
    return counts


def put_in_place(file: Path, statements: list[str], work: Path) -> None:
    """Replace the database's content and run ``statements``, in one transaction. ``work`` is a temporary folder."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        schema = cursor.fetchone()[0]
        cursor.execute(OWN_THINGS)
        drops = [row[0] for row in cursor.fetchall()]
    connection.close()
    scripts = [work / name for name in ("drop.sql", "restore.sql", "hold.sql")]
    scripts[0].write_text("\n".join(drops))
    _run("pg_restore", "--no-owner", "--no-privileges", f"--file={scripts[1]}", str(file))
    scripts[2].write_text(";\n".join([f"SET search_path = {schema}", *statements, ""]))
    arguments = [f"--file={script}" for script in scripts]
    _run("psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", *arguments)


def _tables(cursor: CursorWrapper) -> list[str]:
    return sorted(connection.introspection.table_names(cursor))


def _count(cursor: CursorWrapper, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a table's own name
    return int(cursor.fetchone()[0])


def _rows(script: Iterator[bytes]) -> Iterator[str]:
    """Yield the table of each row in a script of COPY commands, where each row is one line."""
    table = ""
    for line in script:
        if table:
            if line == b"\\.\n":
                table = ""
            else:
                yield table
        elif line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
            table = line.split()[1].decode().rpartition(".")[2].strip('"')


def program(name: str) -> str:
    """The path of a client program at least as new as the server; pg_dump refuses newer servers.

    Raises UpkeepFailed if there is none.
    """
    server = int(connection.pg_version) // 10_000  # type: ignore[attr-defined]  # of the PostgreSQL backend
    installed = sorted(INSTALLED.glob(f"*/bin/{name}"), reverse=True)
    found = [path for path in (shutil.which(name), *map(str, installed)) if path]
    for path in found:
        if _version(path) >= server:
            return path
    why = f"{name} is older than the server" if found else f"{name} is not installed"
    raise UpkeepFailed(f"{why} (PostgreSQL {server}). On Debian: apt-get install postgresql-client-{server}.")


@cache
def _version(path: str) -> int:
    done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30)  # noqa: S603
    found = re.search(r"\) (\d+)", done.stdout)
    return int(found[1]) if found else 0


def _run(name: str, *arguments: str) -> str:
    command = [program(name), *arguments]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["it gave no reason"]
        raise UpkeepFailed(f"{name} failed: {said[0].strip()}")
    return done.stdout


def _environment() -> dict[str, str]:
    """libpq's variables for the connection. On a command line, other users could see the password."""
    options = {**connection.settings_dict, **connection.settings_dict["OPTIONS"]}
    place = {ENVIRONMENT[key]: str(value) for key, value in options.items() if key in ENVIRONMENT and value}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "PGAPPNAME": "dailies backup",
        "PGCONNECT_TIMEOUT": "10",
        "PGOPTIONS": "-c lock_timeout=20s",
        **place,
    }
