"""Whether a row of the upstream's history can be a request of ours: as far as the row says."""

from typing import Any

from studio.contract.answers import JobReport
from studio.contract.decode.jobs import reported_value
from studio.contract.request import GenerateRequest
from studio.contract.spelling.values import text

_JUDGED_APART = ("prompt", "input_image_urls", "input_video_urls")
_STUDIO_CHOOSES = ("", "auto", "-1", "random")  # then it reports what it chose


def same_prompt(request: GenerateRequest, told: JobReport) -> bool:
    return request.prompt.strip() == told.prompt.strip()


def tells_same(request: GenerateRequest, told: JobReport) -> bool:
    """The row names the model and the prompt, both equal ours, and nothing else in it speaks against a match."""
    return (
        request.model_slug == told.model_slug
        and same_prompt(request, told)
        and not contradicts(request, told)
    )


def contradicts(request: GenerateRequest, told: JobReport) -> bool:
    """The row names a model or a parameter, and not ours. What either side leaves open is no contradiction."""
    if request.model_slug and told.model_slug and request.model_slug != told.model_slug:
        return True
    judged = {name: ours for name, ours in request.values.items() if name not in _JUDGED_APART}
    if any(_differ(ours, reported(told, name)) for name, ours in judged.items()):
        return True
    ours = {*request.input_image_urls, *request.input_video_urls}
    return told.input_urls is not None and set(told.input_urls) != ours


def reported(told: JobReport, name: str) -> Any:
    """The row's value of a parameter: decoded for the document's fields, as it stands in the row for all others."""
    if name in ("duration_seconds", "quality_mode", "aspect_ratio"):
        return getattr(told, name)
    return reported_value(told.raw, name)


def _differ(ours: Any, theirs: Any) -> bool:
    """Of plain values and lists of them: an object may come back in another spelling."""
    if isinstance(ours, tuple | list) and isinstance(theirs, tuple | list):
        return sorted(map(_word, ours)) != sorted(map(_word, theirs))
    ours_said, theirs_said = _word(ours), _word(theirs)
    return not {ours_said, theirs_said} & {*_STUDIO_CHOOSES} and ours_said != theirs_said


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return text(value).lower() if isinstance(value, str | int | float) else ""
