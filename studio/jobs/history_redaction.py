"""Rows of the studio's history that may tell of a private clip: those of its own, and those that could become its own.

A row is linked to its clip only when the history is read again, and one whose answer was lost perhaps never. So a row
without a clip counts when it has the clip's number or its prompt; and, of a request whose answer was lost, when it
holds the prompt anywhere, or tells no prompt at all and was made about then by that model.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db.models import Q, QuerySet

ABOUT_THEN = timedelta(hours=1)  # clocks differ, and a slow studio makes its row late


class Row(Protocol):
    pk: int
    connection_id: int
    job_id: int | None
    upstream_id: str
    model_slug: str
    prompt: str
    raw: Any
    made_at: datetime


@dataclass(frozen=True, slots=True)
class _Secret:
    """A private clip, in the order of COLUMNS."""

    connection_id: int
    upstream_id: str | None
    model_slug: str
    prompt: str
    asked_at: datetime
    sent_at: datetime | None
    lost_at: datetime | None
    attempt: int

    def may_be(self, row: Row) -> bool:
        if row.connection_id != self.connection_id:
            return False
        prompt = self.prompt.strip()
        if row.upstream_id == self.upstream_id or (prompt and prompt == row.prompt.strip()):
            return True
        return self._may_lack_its_row and self._is_about_then(row) and self._may_be_worded(row, prompt)

    @property
    def _may_lack_its_row(self) -> bool:
        return self.lost_at is not None or self.attempt > 1

    def _is_about_then(self, row: Row) -> bool:
        last = self.lost_at or self.sent_at or self.asked_at
        return self.asked_at - ABOUT_THEN <= row.made_at <= last + ABOUT_THEN

    def _may_be_worded(self, row: Row, prompt: str) -> bool:
        if prompt and _in_json(prompt) in json.dumps(row.raw, ensure_ascii=False):
            return True
        return not row.prompt and row.model_slug in ("", self.model_slug)


COLUMNS = (
    *("connection_id", "upstream_id", "model_slug", "prompt", "created_at"),
    *("submission__sent_at", "submission__lost_at", "submission__attempt"),
)


def rows_that_may_reveal[R: Row](rows: Sequence[R], private: QuerySet[Any]) -> Iterator[R]:
    """Those of ``rows`` that may tell of one of the jobs ``private``: by two queries at most."""
    linked = {row.job_id for row in rows if row.job_id}
    hidden = set(private.filter(pk__in=linked).values_list("pk", flat=True)) if linked else set()
    free = [row for row in rows if row.job_id is None]
    secrets = [_Secret(*told) for told in _near(free, private).values_list(*COLUMNS)] if free else []
    for row in rows:
        if row.job_id in hidden or (row.job_id is None and any(secret.may_be(row) for secret in secrets)):
            yield row


def _near(rows: Iterable[Row], private: QuerySet[Any]) -> QuerySet[Any]:
    """The private jobs that any of ``rows`` could be."""
    prompts = {words for row in rows for words in (row.prompt, row.prompt.strip()) if words}
    fits = Q(upstream_id__in=[row.upstream_id for row in rows]) | Q(prompt__in=prompts)
    may_lack = Q(submission__lost_at__isnull=False) | Q(submission__attempt__gt=1)
    mine = private.filter(connection_id__in={row.connection_id for row in rows})
    return mine.filter(fits | may_lack).order_by()


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
