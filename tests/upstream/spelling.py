"""How the fake upstream words its answers: the documented shapes, and others that a real one may turn to.

A Spelling rewrites canonical data into one of them. ``SPELLINGS`` names them all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.upstream.catalogue import Record


@dataclass(frozen=True)
class Spelling:
    models: Callable[[list[Record]], Any]
    status: Callable[[Record], Any]
    history: Callable[[list[Record]], Any]


def _job_renamed(job: Record) -> Record:
    """Other names, one address where others have a list, and a figure as text."""
    told = {name: job[name] for name in job if name not in ("job_id", "status", "result_urls")}
    return {
        **told,
        "id": job["job_id"],
        "state": job["status"],
        "video_url": next(iter(job["result_urls"]), None),
        "credits_charged": str(job["credits_charged"]),
    }


WORDS = {"pending": "IN_QUEUE", "processing": "IN_PROGRESS", "completed": "SUCCEED", "failed": "canceled"}


def _job_with_files(job: Record) -> Record:
    """Other words, the film in a list of files behind a thumbnail, each by its path, and the input beside them."""
    told = {name: job[name] for name in job if name not in ("status", "result_urls")}
    files = (
        [
            {"url": f"/media/thumb-{job['job_id']}.jpg", "content_type": "image/jpeg"},
            {"url": urlsplit(url).path, "content_type": "video/mp4"},
        ]
        if (url := next(iter(job["result_urls"]), ""))
        else []
    )
    sent = {"prompt": job["prompt"], "video": "https://uploads.example.com/source.mp4"}
    return {**told, "status": WORDS.get(job["status"], job["status"]), "files": files, "input": sent}


def _job_by_another_host(job: Record) -> Record:
    """No word at all for what is done: the address, without a scheme, and the time prove it."""
    told = {name: job[name] for name in job if name not in ("status", "result_urls")}
    video = {"url": next(iter(job["result_urls"]), "").removeprefix("http:") or None}
    word = "archived" if job["status"] == "completed" else job["status"]
    return {**told, "status": word, "video": video}


def _model_in_words(model: Record) -> Record:
    """As the vendor's document prints a model: text throughout, and nothing said of limits."""
    credits = model["credits"]
    return {
        "slug": model["model_slug"],
        "name": model["name"],
        "description": model["description"],
        "engine": model["engine"],
        "aspect_ratios": ", ".join(model["aspect_ratios"]),
        "durations": ", ".join(f"{seconds} seconds" for seconds in model["durations"]),
        "quality_modes": ", ".join(model["quality_modes"]) or "not required",
        "inputs": " , ".join(model["inputs"]),
        "credits": f"base: {credits['base']}" if set(credits) == {"base"} else credits,
    }


def _model_with_options(model: Record) -> Record:
    """Other names, and objects with a value and a label where others have plain values."""
    return {
        "id": model["model_slug"],
        "title": model["name"],
        "tagline": model["description"],
        "provider": model["engine"],
        "aspect_ratio_options": [{"value": ratio, "label": ratio} for ratio in model["aspect_ratios"]],
        "duration_options": [{"value": n, "label": f"{n} seconds"} for n in model["durations"]],
        "quality_options": [{"slug": mode, "label": mode.title()} for mode in model["quality_modes"]] or None,
        "input_types": {kind: kind in model["inputs"] for kind in ("text", "image", "video")},
        "supports_audio": model["sound"],
        "pricing": model["credits"],
        "popularity": 7,  # a key that nobody knows
    }


def _models_by_slug(models: list[Record]) -> Record:
    return {model["model_slug"]: {k: v for k, v in model.items() if k != "model_slug"} for model in models}


def _in_families(models: list[Record]) -> list[Record]:
    """As some group models by their maker, with a list of favourites that repeats some in short."""
    engines = dict.fromkeys(model["engine"] for model in models)
    return [
        {"id": f"family-{number}", "name": engine, "models": [m for m in models if m["engine"] == engine]}
        for number, engine in enumerate(engines)
    ]


def _favourites(models: list[Record]) -> list[Record]:
    return [{"slug": model["model_slug"], "durations": model["durations"]} for model in models[:1]]


def _numbered(models: list[Record]) -> Record:
    """By slug, with the number of a database's row as their id."""
    return {
        slug: {"id": 17 + number, **row} for number, (slug, row) in enumerate(_models_by_slug(models).items())
    }


SPELLINGS: dict[str, Spelling] = {
    "canonical": Spelling(
        models=lambda models: {"success": True, "models": models},
        status=lambda job: {"success": True, "job": job},
        history=lambda jobs: {"success": True, "jobs": jobs},
    ),
    "words": Spelling(
        models=lambda models: {"success": True, "data": [_model_in_words(model) for model in models]},
        status=lambda job: {"success": True, "job": job},
        history=lambda jobs: {"success": True, "results": jobs, "count": len(jobs)},
    ),
    "mapping": Spelling(
        models=lambda models: {"success": True, "models": _models_by_slug(models)},
        status=lambda job: {"success": True, **job},
        history=lambda jobs: {"success": True, "jobs": {job["job_id"]: job for job in jobs} or []},
    ),
    "nested": Spelling(
        models=lambda models: {"success": True, "data": {"models": models}},
        status=lambda job: {"success": True, "data": {"job": job}},
        history=lambda jobs: {"success": True, "data": {"jobs": jobs, "next": None}},
    ),
    "families": Spelling(
        models=lambda models: {"families": _in_families(models), "featured": _favourites(models)},
        status=lambda job: {"success": True, "job": job},
        history=lambda jobs: {"days": [{"date": "2026-02-20", "jobs": jobs}] if jobs else [], "jobs": []},
    ),
    "keyed": Spelling(
        models=lambda models: {"data": {"models": _numbered(models)}},
        status=lambda job: {"success": True, "data": {"job": job}},
        history=lambda jobs: {"data": {"history": {"jobs": {job["job_id"]: job for job in jobs}}}},
    ),
    "files": Spelling(
        models=lambda models: {"success": True, "models": models},
        status=_job_with_files,
        history=lambda jobs: {"results": [_job_with_files(job) for job in jobs]},
    ),
    "unnamed": Spelling(
        models=lambda models: {"success": True, "models": models},
        status=lambda job: {"data": _job_by_another_host(job)},
        history=lambda jobs: {"data": {"items": [_job_by_another_host(job) for job in jobs]}},
    ),
    "options": Spelling(
        models=lambda models: [_model_with_options(model) for model in models],
        status=lambda job: {"success": True, "job": _job_renamed(job)},
        history=lambda jobs: [_job_renamed(job) for job in jobs],
    ),
}
