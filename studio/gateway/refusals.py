"""Refusals in the API's own words: of what a request breaks, and of a lack of credits."""

from studio.gateway.answers import INVALID_DURATION, Detail, Problem
from studio.jobs.submit import CannotSubmit


def refused(refusal: CannotSubmit) -> Problem:
    """By the rules of the model, by a role or a project, for lack of credits, or by a hard budget."""
    if refusal.lack:
        return Problem.short_of_credits(refusal.lack.required, refusal.lack.available, refusal.sentence)
    if closed := refusal.errors.get("project"):
        return Problem(403, f"{closed} It is the project of this token: choose another one for it.")
    details = [Detail(field, sentence) for field, sentence in refusal.errors.items() if field]
    if not details:
        return Problem(403, refusal.sentence)
    words = INVALID_DURATION if "duration_seconds" in refusal.errors else refusal.sentence
    return Problem(400, words, details)
