"""Parses and validates the URLs of a PostgreSQL server and an S3 bucket, like studio.env."""

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from studio.contract.hosts import is_host
from studio.env import WrongEnvironment, text

POSTGRESQL_EXAMPLE = "postgres://user:password@host:5432/dailies"
# The options after "?" in a PostgreSQL address, with libpq's names.
POSTGRESQL_OPTIONS = {"host", "sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding", "passfile"}
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
BUCKET_EXAMPLE = "s3://bucket/prefix?region=eu-central-1"
BUCKET_NAME = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
BUCKET_OPTIONS = {"endpoint_url", "region"}


def postgresql(name: str) -> dict[str, str]:
    """Parameters for libpq (host, port, user, password, dbname, sslmode …), or {} if unset.

    A host that is a path is the folder of a unix socket: ``postgres://user@%2Frun%2Fpostgresql/dailies``, or
    ``postgres:///dailies?host=/run/postgresql``. Raises WrongEnvironment, without quoting the address, because it may
    contain a password.
    """
    word = text(name)
    if not word:
        return {}
    try:
        parts = urlsplit(word)
        parameters = {"host": unquote(parts.hostname or ""), "port": str(parts.port or "")}
    except ValueError:
        raise WrongEnvironment(f"{name} is not an address such as {POSTGRESQL_EXAMPLE}.") from None
    if parts.scheme not in ("postgres", "postgresql") or " " in word or parts.fragment:
        raise WrongEnvironment(f"{name} must be an address such as {POSTGRESQL_EXAMPLE}.")
    parameters["host"] = _socket_folder(parts) or parameters["host"]
    parameters |= {"user": unquote(parts.username or ""), "password": unquote(parts.password or "")}
    parameters |= {"dbname": unquote(parts.path.strip("/")), **_postgresql_options(name, parts.query)}
    return _checked_postgresql(name, {key: value for key, value in parameters.items() if value})


def _socket_folder(parts: SplitResult) -> str:
    """The path in place of the host, or "". ``hostname`` would convert it to lower case."""
    place = unquote(parts.netloc.rpartition("@")[2])
    return place if place.startswith("/") else ""


def _postgresql_options(name: str, query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := sorted(options.keys() - POSTGRESQL_OPTIONS):
        known = ", ".join(sorted(POSTGRESQL_OPTIONS))
        raise WrongEnvironment(f"{name} has an unknown option {unknown[0]!r}. Allowed are {known}.")
    if options.get("sslmode", "prefer") not in SSL_MODES:
        raise WrongEnvironment(f"{name} must have one of these values of sslmode: {', '.join(SSL_MODES)}.")
    return options


def _checked_postgresql(name: str, parameters: dict[str, str]) -> dict[str, str]:
    place = parameters.get("host", "")
    if not place:
        raise WrongEnvironment(f"{name} has no host. For a Unix socket, add ?host=/run/postgresql.")
    if not place.startswith("/") and not is_host(place):
        raise WrongEnvironment(f"{name} must have a host name, an IP address or the folder of a socket.")
    if "/" in parameters.get("dbname", "/"):
        raise WrongEnvironment(f"{name} must end with the name of a database, as {POSTGRESQL_EXAMPLE} does.")
    return parameters


def bucket(name: str) -> dict[str, str]:
    """The parts of ``s3://bucket/prefix?endpoint_url=https://…&region=…`` that are present; {} if unset.

    Raises WrongEnvironment.
    """
    word = text(name)
    if not word:
        return {}
    parts = urlsplit(word)
    if parts.scheme != "s3" or not re.fullmatch(BUCKET_NAME, parts.netloc) or parts.fragment:
        raise WrongEnvironment(f"{name} must be an address such as {BUCKET_EXAMPLE}, not {word!r}.")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := options.keys() - BUCKET_OPTIONS:
        raise WrongEnvironment(f"{name} has an unknown option {min(unknown)!r}.")
    endpoint = options.get("endpoint_url", "https://s3")
    if not re.match(r"https?://[^/\s]+", endpoint):
        raise WrongEnvironment(f"{name} has an endpoint_url that is not a URL: {endpoint!r}.")
    parameters = {"bucket": parts.netloc, "prefix": parts.path.strip("/"), **options}
    return {key: value for key, value in parameters.items() if value}
