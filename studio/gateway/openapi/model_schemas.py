"""A model as the models call lists it: what studio.contract.encode writes, as a schema."""

from studio.contract.capability import KINDS
from studio.gateway.openapi.shapes import Schema, array, record, ref, value


def _choices(note: str) -> Schema:
    labelled = record({"value": {"type": "string"}, "label": {"type": "string"}})
    return array({"anyOf": [{"type": "string"}, labelled]}, note)


def _limits(noun: str) -> Schema:
    least = value("integer", "The fewest it needs.", minimum=0)
    most = value(["integer", "null"], "The most it takes; `null` where the studio names no limit.", minimum=0)
    return record({"min": least, "max": most}, description=f"How many {noun} it takes.")


def models() -> Schema:
    models = array(ref("Model"), "Every model that can be asked for.")
    return record({"success": {"const": True}, "models": models})


def model() -> Schema:
    prompt = {
        "required": value(["boolean", "null"], "`null` where the studio does not say."),
        "max_length": value(["integer", "null"], "Characters; `null` where the studio names no limit."),
    }
    return record(
        {
            "model_slug": value("string", "What a request calls it."),
            "name": value("string", "What people call it."),
            "description": value("string", "What it is good for; may be empty."),
            "engine": value("string", "The family it belongs to; may be empty."),
            "aspect_ratios": _choices(
                "What `aspect_ratio` may be; with a label where people read another word."
            ),
            "durations": array({"type": "integer"}, "What `duration_seconds` may be, in seconds."),
            "quality_modes": _choices("What `quality_mode` may be. Where there are any, one is required."),
            "inputs": array({"enum": ["text", "image", "video"]}, "What it starts from."),
            "credits": _price(),
            "prompt": record(prompt, description="What it expects of a prompt."),
            "images": _limits("pictures"),
            "videos": _limits("clips"),
            "sound": value("boolean", "Whether it takes `sound`."),
            "directory_discount": _discount(),
            "parameters": array(_parameter(), "Every field that a request for this model may have."),
            "mode_parameter": value("string", "The name of the parameter that selects the mode."),
        },
        optional=("mode_parameter",),
        description="One model, and what it takes. An empty list means that it takes no such field. Keys of the "
        "studio's own that are not in this list are passed on as they are.",
    )


def _parameter() -> Schema:
    choice = record({"value": {}, "label": {"type": "string"}, "enabled": {"type": "boolean"}})
    always = {
        "name": value("string", "The name of the field in a request."),
        "kind": value("string", "What its value is.", enum=list(KINDS)),
        "label": value("string", "What people call it."),
    }
    sometimes = {
        "many": value("boolean", "Its value is a list of that kind."),
        "choices": array(choice, "What it may be. A choice that is not enabled is refused."),
        "default": {"description": "What the studio uses if it is left out."},
        "required": value("boolean", "Whether a request needs it."),
        "minimum": value("number", "The smallest number."),
        "maximum": value("number", "The largest number."),
        "step": value("number", "The distance between two numbers that it may be."),
        "max_length": value("integer", "The most characters."),
        "min_items": value("integer", "The fewest items of a list."),
        "max_items": value("integer", "The most items of a list."),
        "modes": array(
            {"type": "string"}, "The modes in which it is used; all of them where this is absent."
        ),
        "note": value("string", "What it does."),
        "is_ours": value("boolean", "An admin of this installation added or corrected it."),
    }
    note = "One field of a request. Keys about which nothing is known are absent."
    return record(always | sometimes, optional=tuple(sometimes), description=note)


def _discount() -> Schema:
    percent = record({"percent": value("number", "Of the price of the clip.", minimum=0, maximum=100)})
    return {
        "anyOf": [{"type": "number"}, percent, {"type": "boolean"}, {"type": "null"}],
        "description": "Off for `prompt_directory_optin`: credits, or a percentage; `true` where the studio does not "
        "say how much, `null` where the model takes no such field.",
    }


def _price() -> Schema:
    number, by_choice = {"type": "number"}, {"type": "object", "additionalProperties": {"type": "number"}}
    row = {
        "type": "object",
        "additionalProperties": {"type": ["string", "number", "boolean"]},
        "description": "`credits` for a clip or `credits_per_second`, for requests with the other fields' values.",
    }
    parts = {
        "base": value("number", "For a clip of any length."),
        "per_second": {
            "anyOf": [number, by_choice],
            "description": "For each second, added to `base`; or an object with a figure for each quality.",
        },
        "per_second_by_quality": {
            **by_choice,
            "description": "For each second, beside a `per_second` for the others.",
        },
        "by_duration": {**by_choice, "description": "For a clip of that many seconds."},
        "by_quality": {**by_choice, "description": "For a clip in that quality."},
        "rows": array(row, "For the choices that a row names; the row that names most applies."),
        "sound_per_second": value("number", "Added for each second with sound."),
        "sound": value("number", "Added for a clip with sound."),
        "surcharges": array(row, "Added for the choices that a row names."),
        "minimum": value("number", "The least that a clip costs, surcharges apart."),
        "minimums": array(row, "The least that a clip costs with the choices that a row names."),
        "published": value(
            "string", "What the studio publishes, where it was not understood: no estimate uses it."
        ),
    }
    note = "The price in credits, of which only the parts that are published are told."
    return record(parts, optional=tuple(parts), description=note)
