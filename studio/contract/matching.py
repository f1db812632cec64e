"""Whether a row of the upstream's history can be one of our requests, judged by what the row reports."""

from typing import Any

from studio.contract.answers import JobReport
from studio.contract.decode.jobs import reported_value
from studio.contract.request import GenerateRequest
from studio.contract.spelling.values import text

_CHECKED_SEPARATELY = ("prompt", "input_image_urls", "input_video_urls")
_STUDIO_CHOOSES = ("", "auto", "-1", "random")  # the studio then reports its own choice


def same_prompt(request: GenerateRequest, report: JobReport) -> bool:
    return request.prompt.strip() == report.prompt.strip()


def is_same_request(request: GenerateRequest, report: JobReport) -> bool:
    """True if the row has our model and our prompt, and nothing else in it contradicts a match."""
    return (
        request.model_slug == report.model_slug
        and same_prompt(request, report)
        and not contradicts(request, report)
    )


def contradicts(request: GenerateRequest, report: JobReport) -> bool:
    """True if the row has another model or parameter value than the request. A value missing on either side is fine."""
    if request.model_slug and report.model_slug and request.model_slug != report.model_slug:
        return True
    compared = {name: ours for name, ours in request.values.items() if name not in _CHECKED_SEPARATELY}
    if any(_differ(ours, reported(report, name)) for name, ours in compared.items()):
        return True
    ours = {*request.input_image_urls, *request.input_video_urls}
    return report.input_urls is not None and set(report.input_urls) != ours


def reported(report: JobReport, name: str) -> Any:
    """The row's value of a parameter: decoded for fields of the API's document, as it is in the row for others."""
    if name in ("duration_seconds", "quality_mode", "aspect_ratio"):
        return getattr(report, name)
    return reported_value(report.raw, name)


def _differ(ours: Any, theirs: Any) -> bool:
    """Compare plain values and lists of them. Objects never differ: they may come back spelled in another way."""
    if isinstance(ours, tuple | list) and isinstance(theirs, tuple | list):
        return sorted(map(_word, ours)) != sorted(map(_word, theirs))
    our_word, their_word = _word(ours), _word(theirs)
    return not {our_word, their_word} & {*_STUDIO_CHOOSES} and our_word != their_word


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return text(value).lower() if isinstance(value, str | int | float) else ""
