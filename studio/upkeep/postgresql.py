"""A PostgreSQL database as one file, by the server's own programs: pg_dump, pg_restore and psql."""

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
INSTALLED = Path("/usr/lib/postgresql")  # Debian's place: a folder for each version
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
# What stands in our schema, and neither in an extension ("e") nor inside another thing ("i": the sequence of an
# identity column). CASCADE may have taken it along: IF EXISTS.
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
    """One moment of the database, and how many rows each table has in it. Nobody waits for it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # a large database takes its time
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        counts = {table: _count(cursor, table) for table in _tables(cursor)}
        how = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
        _run("pg_dump", *how, f"--file={target}")
    return counts


def verify(file: Path) -> dict[str, int]:
    """The rows of each table, counted in the file itself. Raises Damaged for one that is not whole."""
    listed = _run("pg_restore", "--list", str(file))
    tables = re.findall(r"^\d+; \d+ \d+ TABLE DATA \S+ (\S+)", listed, flags=re.MULTILINE)
    counts = dict.fromkeys(sorted(tables), 0)
    command = [program("pg_restore"), "--data-only", "--file=-", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        assert process.stdout
        for table in _rows(process.stdout):
            counts[table] += 1
    if process.returncode:
        raise Damaged(f"{file.name} is damaged: pg_restore cannot read it to its end.")
    return counts


def put_in_place(file: Path, statements: list[str], work: Path) -> None:
    """Replace all that is ours in one transaction; ``statements`` are part of it. ``work`` is a spare folder."""
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
    """The table of each row in a script of COPY commands, where a row is a line."""
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
    """pg_dump reads servers up to its own version only."""
    server = int(connection.pg_version) // 10_000  # type: ignore[attr-defined]  # of the PostgreSQL backend
    installed = sorted(INSTALLED.glob(f"*/bin/{name}"), reverse=True)
    found = [path for path in (shutil.which(name), *map(str, installed)) if path]
    for path in found:
        if _version(path) >= server:
            return path
    there = f"{name} is older than the server" if found else f"{name} is not installed"
    raise UpkeepFailed(
        f"{there}, which is PostgreSQL {server}. On Debian: apt-get install postgresql-client-{server}."
    )


@cache
def _version(path: str) -> int:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30)  # noqa: S603
    found = re.search(r"\) (\d+)", told.stdout)
    return int(found[1]) if found else 0


def _run(name: str, *arguments: str) -> str:
    command = [program(name), *arguments]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["it gave no reason"]
        raise UpkeepFailed(f"{name} failed: {said[0].strip()}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Where the server is, for libpq: the password stands in no list of processes."""
    told = {**connection.settings_dict, **connection.settings_dict["OPTIONS"]}
    place = {ENVIRONMENT[key]: str(value) for key, value in told.items() if key in ENVIRONMENT and value}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "PGAPPNAME": "dailies backup",
        "PGCONNECT_TIMEOUT": "10",
        "PGOPTIONS": "-c lock_timeout=20s",
        **place,
    }
