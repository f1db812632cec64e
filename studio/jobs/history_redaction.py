"""Finds rows of the studio's history that may reveal a private clip: its own row, and rows that may be its own.

A row is linked to its clip only when the history is read again, and maybe never if the clip's answer was lost. So a row
without a clip also counts if it has the clip's number or its prompt. For a request whose answer was lost, it counts as
well if the prompt is anywhere in the row, or if the row has no prompt and was made by the same model at about the time.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db.models import Q, QuerySet

TIME_TOLERANCE = timedelta(hours=1)  # clocks differ, and a slow studio creates its row late


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
    """What identifies a private clip, in the order of COLUMNS."""

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
        return self.asked_at - TIME_TOLERANCE <= row.made_at <= last + TIME_TOLERANCE

    def _may_be_worded(self, row: Row, prompt: str) -> bool:
        if prompt and _in_json(prompt) in json.dumps(row.raw, ensure_ascii=False):
            return True
        return not row.prompt and row.model_slug in ("", self.model_slug)


COLUMNS = (
    *("connection_id", "upstream_id", "model_slug", "prompt", "created_at"),
    *("submission__sent_at", "submission__lost_at", "submission__attempt"),
)


def rows_that_may_reveal[R: Row](rows: Sequence[R], private: QuerySet[Any]) -> Iterator[R]:
    """The ``rows`` that may reveal one of the jobs in ``private``. Two queries at most."""
    linked = {row.job_id for row in rows if row.job_id}
    hidden = set(private.filter(pk__in=linked).values_list("pk", flat=True)) if linked else set()
    free = [row for row in rows if row.job_id is None]
    secrets = [_Secret(*columns) for columns in _near(free, private).values_list(*COLUMNS)] if free else []
    for row in rows:
        if row.job_id in hidden or (row.job_id is None and any(secret.may_be(row) for secret in secrets)):
            yield row


def _near(rows: Iterable[Row], private: QuerySet[Any]) -> QuerySet[Any]:
    """The private jobs that any of ``rows`` could belong to."""
    prompts = {words for row in rows for words in (row.prompt, row.prompt.strip()) if words}
    fits = Q(upstream_id__in=[row.upstream_id for row in rows]) | Q(prompt__in=prompts)
    may_lack = Q(submission__lost_at__isnull=False) | Q(submission__attempt__gt=1)
    mine = private.filter(connection_id__in={row.connection_id for row in rows})
    return mine.filter(fits | may_lack).order_by()


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
