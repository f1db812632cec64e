"""Capabilities made in a line: the document's fields by name, anything else as Capability has it."""

from studio.contract.capability import Capability
from studio.contract.decode.capability.standard import standard_parameters

TABLE = ("aspect_ratios", "durations", "quality_modes", "prompt", "images", "videos", "sound")


def model(slug="some_model", name="Some Model", *, inputs=("text",), parameters=(), **said):
    table = {key: said.pop(key) for key in TABLE if key in said}
    optin = said.get("directory_discount") is not None
    standard = standard_parameters(inputs=inputs, optin=optin, **table)
    return Capability(slug, name, inputs=inputs, parameters=(*standard, *parameters), **said)
