"""Whether a row of the upstream's history can be a request of ours: as far as the row tells."""

from studio.contract.answers import JobReport
from studio.contract.request import GenerateRequest


def same_prompt(request: GenerateRequest, told: JobReport) -> bool:
    return request.prompt.strip() == told.prompt.strip()


def tells_same(request: GenerateRequest, told: JobReport) -> bool:
    """Model and prompt are told and equal, and nothing else that the row tells speaks against it."""
    return (
        request.model_slug == told.model_slug
        and same_prompt(request, told)
        and not contradicts(request, told)
    )


def contradicts(request: GenerateRequest, told: JobReport) -> bool:
    """The row tells a model or a parameter, and another than ours. What either leaves open is no contradiction."""
    pairs = (
        (request.model_slug, told.model_slug),
        (request.duration_seconds, told.duration_seconds),
        (request.quality_mode, told.quality_mode),
        (_unless_auto(request.aspect_ratio), _unless_auto(told.aspect_ratio)),
    )
    if any(ours and theirs and ours != theirs for ours, theirs in pairs):
        return True
    ours = {*request.input_image_urls, *request.input_video_urls}
    return told.input_urls is not None and set(told.input_urls) != ours


def _unless_auto(ratio: str) -> str:
    """An upstream that was asked to choose tells what it chose."""
    return "" if ratio.lower() == "auto" else ratio
