"""The fields that the API calls "only used on" some models: on any other model they are ignored, with a warning.

What is ignored is not sent, not priced, and not stored as part of the request.
"""

from collections.abc import Mapping

from studio.contract.capability import Capability
from studio.contract.request import GenerateRequest
from studio.gateway.answers import Detail

FLAGS = ("sound", "prompt_directory_optin")


def without_ignored(request: GenerateRequest, capability: Capability) -> GenerateRequest:
    """The request as this model uses it, in the mode that the request chooses."""
    used = {one.name for one in capability.parameters_in(capability.mode_of(request.values))}
    ignored = [flag for flag in FLAGS if flag in request.values and flag not in used]
    return request.but(**dict.fromkeys(ignored))


def warnings_for(request: GenerateRequest, used: Mapping[str, object], model_name: str) -> list[Detail]:
    """A warning for each flag that is on in ``request`` and missing in ``used``, the JSON that was kept of it.

    A flag that is off gets what it asks for on every model, so it needs no warning.
    """
    ignored = [flag for flag in FLAGS if request.get(flag) is True and flag not in used]
    return [
        Detail(flag, f"{model_name} does not use {flag} for this request, so it was ignored.")
        for flag in ignored
    ]
