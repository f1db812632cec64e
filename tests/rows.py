"""What a request does to the database: undone afterwards, and told table by table."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def for_nothing() -> Iterator[None]:
    """What happens inside is undone: each request finds the same rows."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def changed_tables(besides: Collection[str] = ()) -> Iterator[list[str]]:
    """The tables in which a statement inside changed a row, but for some."""
    changed: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        verb, *words = sql.replace('"', " ").split(maxsplit=8)
        if verb in ("INSERT", "UPDATE", "DELETE"):
            table = next(word for word in words if word not in ("INTO", "FROM", "OR", "IGNORE"))
            # A statement that returns rows has not counted them yet.
            if table not in besides and ("RETURNING" in sql or context["cursor"].rowcount):
                changed.append(table)
        return result

    with connection.execute_wrapper(watch):
        yield changed
