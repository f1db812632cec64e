"""Where an accepted request names its jobs: ``job_ids``, ``job_id``, ``jobs[]``, ``data.job_id``, ``job.id`` and alike.

An ``id`` of the envelope is the request's: it is a job's only where nothing else in the answer could hold one.
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
    """Whatever stands where ids of jobs are, readable or not; empty where the answer names no job.

    ``is_refusal``: the answer reports an error, so that a bare ``id`` is surely not a job's.
    """
    return _jobs_of(payload, not is_refusal, depth=3)


def _jobs_of(place: Mapping[str, Any], bare: bool, depth: int) -> list[Any]:
    """By name in this object, else in the objects that it wraps, else its own ``id`` where ``bare`` ones count."""
    fields = Fields(place)
    for names in (_NAMED, _LISTS, _ONE):
        if (said := fields.take(names)) is not None:
            return [_id_of(item) for item in _listed(said)]
    inner = [said for name in _WRAPPERS if depth and not is_blank(said := fields.take([name]))]
    found = next((ids for said in inner if (ids := _wrapped(said, bare, depth - 1))), [])
    return found or (_own_id(place) if bare else [])


def _wrapped(said: Any, bare: bool, depth: int) -> list[Any]:
    if isinstance(said, list):
        return [_id_of(item) for item in said if isinstance(item, Mapping)] if bare else []
    return _jobs_of(said, bare, depth) if isinstance(said, Mapping) else []


def _own_id(place: Mapping[str, Any]) -> list[Any]:
    """The ``id`` of an object that holds no place for jobs."""
    fields = Fields(place)
    said = None if fields.has((*_NAMED, *_LISTS, *_ONE, *_WRAPPERS)) else fields.take(_BARE)
    is_request = isinstance(said, str) and _OF_A_REQUEST.match(said.strip())
    return [] if said is None or is_request else [said]


def _listed(said: Any) -> list[Any]:
    """One job, a list of them, or a mapping id → job."""
    if isinstance(said, Mapping) and not Fields(said).has((*_NAMED, *_BARE)):
        return list(said) if all(isinstance(job, Mapping) for job in said.values()) else [said]
    return said if isinstance(said, list) else [said]


def _id_of(said: Any) -> Any:
    return Fields(said).take((*_NAMED, *_BARE)) if isinstance(said, Mapping) else said
