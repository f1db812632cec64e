"""From the words of a command line to a clip that is asked for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.models import Q

from studio.catalog.connections import default_connection
from studio.catalog.models import StudioModel
from studio.contract.capability import Capability, Choice
from studio.contract.decode.capability.parameters import value_from_text
from studio.contract.request import GenerateRequest
from studio.contract.rules import defaults, without_idle_flags
from studio.contract.spelling.keys import is_blank
from studio.core.errors import UserFacingError
from studio.gateway.quote import Quote, quote
from studio.gateway.shell.words import named
from studio.jobs.intents import new_token
from studio.jobs.models import Job
from studio.jobs.submit import CannotSubmit, Intent, submit
from studio.projects.models import Project
from studio.team.models import Member

OPTIONS = {
    "model_slug": "--model",
    "prompt": "prompt",
    "aspect_ratio": "--ratio",
    "duration_seconds": "--duration",
    "quality_mode": "--quality",
    "sound": "--sound",
    "input_image_urls": "--image",
    "input_video_urls": "--video",
    "project": "--project",
}


class NotAsked(UserFacingError):
    """No clip was requested. ``sentence`` is a line for each reason, with the option at fault."""


class Mistyped(NotAsked):
    """Because of what was typed: other words would do."""


class Refused(NotAsked):
    """By a budget, or by a role."""


def ask(said: Mapping[str, Any]) -> Job:
    """``said`` is what the options hold, by their names. Raises Mistyped and Refused."""
    with _complaining():
        return submit(_intent(said))[0]


def quoted(said: Mapping[str, Any]) -> tuple[Intent, Quote]:
    """What ``ask`` would have made of it, and the price. Nothing is sent. Raises Mistyped and Refused."""
    with _complaining():
        intent = _intent(said)
        return intent, quote(intent)


def _intent(said: Mapping[str, Any]) -> Intent:
    owner, model = _owner(said["email"]), _model(said["model"])
    project = project_named(said["project"], owner)
    return Intent(owner, model, _request(said, model), new_token(), project=project)


@contextmanager
def _complaining() -> Iterator[None]:
    try:
        yield
    except CannotSubmit as error:
        kind = Mistyped if any(error.errors) else Refused  # "" is the request as a whole
        raise kind(_complaints(error.errors)) from error


def _request(said: Mapping[str, Any], model: StudioModel) -> GenerateRequest:
    """Where nothing is said: the first of what the model offers. But a quality is not guessed: it sets the price."""
    capability = model.capability
    own = _own_values(said["set"], capability)
    usual = defaults(capability, capability.mode_of(own))
    usual.pop("quality_mode", None)
    typed = {
        "prompt": said["prompt"],
        "aspect_ratio": _value(said["ratio"], capability.aspect_ratios),
        "duration_seconds": said["duration"],
        "quality_mode": _value(said["quality"], capability.quality_modes),
        "input_image_urls": tuple(said["image"]),
        "input_video_urls": tuple(said["video"]),
        "sound": said["sound"] or None,
    }
    values = usual | {name: value for name, value in typed.items() if not is_blank(value)} | own
    return without_idle_flags(capability, values)


def _own_values(pairs: Sequence[str], capability: Capability) -> dict[str, Any]:
    """From ``--set NAME=VALUE``, repeated for a list. Raises Mistyped."""
    values: dict[str, Any] = {}
    for pair in pairs:
        name, joint, words = pair.partition("=")
        parameter = capability.parameter(name.strip())
        if not joint or parameter is None:
            known = ", ".join(one.name for one in capability.parameters_in())
            raise Mistyped(f"--set: “{pair}” should be NAME=VALUE, with one of these names: {known}.")
        value = value_from_text(parameter, words)
        values[parameter.name] = (*values.get(parameter.name, ()), *value) if parameter.many else value
    return values


def _value(word: str, choices: Iterable[Choice]) -> str:
    """A choice may be named by its label, too, which is what complaints and pages call it."""
    meant = (one.value for one in choices if word.lower() in (one.value.lower(), one.label.lower()))
    return next(meant, word)


def _complaints(errors: Mapping[str, str]) -> str:
    return "\n".join(
        f"{_option(field)}: {sentence}" if field else sentence for field, sentence in errors.items()
    )


def _option(field: str) -> str:
    return OPTIONS.get(field, f"--set {field}")


def _owner(email: str) -> Member:
    """Who is named; else the only one it can be."""
    active = Member.objects.filter(is_active=True)
    if email:
        if found := active.filter(email__iexact=email.strip()).first():
            return found
        raise Mistyped(f"--email: No active member has the email {email}.")
    makers = active.exclude(role=Member.Role.VIEWER).order_by("email")
    match list(makers[:2]):
        case [only]:
            return only
        case []:
            raise Mistyped("There is no active member who makes clips.")
    emails = named(makers.values_list("email", flat=True))
    raise Mistyped(f"Several members make clips: say whose it is, --email {emails}.")


def _model(slug: str) -> StudioModel:
    """Where new clips are made: the same models as on the create page and at the API."""
    models = default_connection().models.offered()
    if found := models.with_slug(slug):
        return found
    offered = named(models.values_list("slug", flat=True))
    known = f"Offered are {offered}." if offered else "No models are known yet: a running worker reads them."
    raise Mistyped(f"--model: “{slug}” is not offered. {known}")


def project_named(name: str, owner: Member) -> Project | None:
    """One that the owner makes clips in; None, the general one, for no name. Raises Mistyped."""
    if not name:
        return None
    usable = Project.objects.usable_by(owner).order_by("name")
    if found := usable.filter(Q(name=name)).first() or usable.filter(name__iexact=name).first():
        return found
    names = named(usable.values_list("name", flat=True))
    raise Mistyped(f"--project: {owner} makes clips in no “{name}”, but in {names}.")
