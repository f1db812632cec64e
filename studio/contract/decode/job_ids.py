"""Finds the job ids in an accepted answer: ``job_ids``, ``job_id``, ``jobs[]``, ``data.job_id``, ``job.id`` and alike.

An ``id`` of the envelope is the request's id. It counts as a job's only if nothing else in the answer could hold one.
"""

import re
from collections.abc import Mapping
from typing import Any

from studio.contract.spelling.keys import Fields, is_blank

_NAMED = ("jobids", "jobid", "taskids", "taskid", "generationids", "generationid", "predictionid")
_LISTS = ("jobs", "tasks", "generations", "predictions")
_ONE = ("job", "task", "generation", "prediction")
_WRAPPERS = ("data", "result", "response", "output", "payload")
_BARE = ("id", "uuid")
_OF_A_REQUEST = re.compile(r"(?:req|request|trace|corr|correlation|rid|evt|event|msg)[-_.:]", re.IGNORECASE)


def job_ids_in(payload: Mapping[str, Any], *, is_refusal: bool = False) -> list[Any]:
    """Everything in places for job ids, readable or not; empty if the answer names no job.

    ``is_refusal``: the answer reports an error, so a bare ``id`` is certainly not a job's.
    """
    return _jobs_of(payload, not is_refusal, depth=3)


def _jobs_of(place: Mapping[str, Any], bare: bool, depth: int) -> list[Any]:
    """Ids by name in this object, else in the objects that it wraps, else its own ``id`` if ``bare`` ids count."""
    fields = Fields(place)
    for names in (_NAMED, _LISTS, _ONE):
        if (value := fields.take(names)) is not None:
            return [_id_of(item) for item in _listed(value)]
    inner = [value for name in _WRAPPERS if depth and not is_blank(value := fields.take([name]))]
    found = next((ids for value in inner if (ids := _wrapped(value, bare, depth - 1))), [])
    return found or (_own_id(place) if bare else [])


def _wrapped(value: Any, bare: bool, depth: int) -> list[Any]:
    if isinstance(value, list):
        return [_id_of(item) for item in value if isinstance(item, Mapping)] if bare else []
    return _jobs_of(value, bare, depth) if isinstance(value, Mapping) else []


def _own_id(place: Mapping[str, Any]) -> list[Any]:
    """The ``id`` of an object that has no other place for jobs."""
    fields = Fields(place)
    value = None if fields.has((*_NAMED, *_LISTS, *_ONE, *_WRAPPERS)) else fields.take(_BARE)
    is_request = isinstance(value, str) and _OF_A_REQUEST.match(value.strip())
    return [] if value is None or is_request else [value]


def _listed(value: Any) -> list[Any]:
    """One job, a list of them, or a mapping id → job."""
    if isinstance(value, Mapping) and not Fields(value).has((*_NAMED, *_BARE)):
        return list(value) if all(isinstance(job, Mapping) for job in value.values()) else [value]
    return value if isinstance(value, list) else [value]


def _id_of(value: Any) -> Any:
    return Fields(value).take((*_NAMED, *_BARE)) if isinstance(value, Mapping) else value
