"""API errors for requests that break a rule, and for missing credits."""

from studio.gateway.answers import INVALID_DURATION, Detail, Problem
from studio.jobs.submit import CannotSubmit


def refused(refusal: CannotSubmit) -> Problem:
    """The error for a broken rule of the model, a role or a project, missing credits, or a hard budget."""
    if refusal.lack:
        return Problem.short_of_credits(refusal.lack.required, refusal.lack.available, refusal.sentence)
    if closed := refusal.errors.get("project"):
        return Problem(403, f"{closed} It is this token’s project. Choose another one for the token.")
    details = [Detail(field, sentence) for field, sentence in refusal.errors.items() if field]
    if not details:
        return Problem(403, refusal.sentence)
    words = INVALID_DURATION if "duration_seconds" in refusal.errors else refusal.sentence
    return Problem(400, words, details)
