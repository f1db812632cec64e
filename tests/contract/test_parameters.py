"""Parameters in any spelling: listed, as a JSON Schema, nested, by mode, or only named by a key."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.contract.capability import Choice, Limits, Parameter
from studio.contract.decode import decode_models, to_json
from studio.contract.decode.capability.parameters import value_from_text
from studio.contract.known_parameters import label_for
from studio.contract.request import GenerateRequest
from studio.contract.rules import check, defaults, keep_legal
from studio.contract.words import facts, inputs, phrases
from tests.contract.strategies import RANDOMS

NAMES = st.sampled_from(["sparkle", "hue_shift", "camera_path", "grain", "tempo", "shot_style"])
WORDS = ["soft", "hard", "none at all", "16 mm"]


def decoded(**record):
    (capability,) = decode_models([{"slug": "veo", "inputs": ["text"], **record}]).capabilities
    return capability


@st.composite
def parameters(draw):
    """One of each kind that every spelling can express."""
    name = draw(NAMES)
    kind = draw(st.sampled_from(["text", "choice", "integer", "number", "flag", "image", "images"]))
    required = draw(st.sampled_from([True, False]))
    made = Parameter(name, "image" if kind == "images" else kind, label_for(name), required=required)
    if kind == "text":
        return replace(made, max_length=draw(st.none() | st.integers(1, 900)))
    if kind == "choice":
        values = draw(st.lists(st.sampled_from(WORDS), min_size=1, unique=True))
        choices = tuple(Choice(value, value) for value in values)
        return replace(made, choices=choices, default=draw(st.sampled_from([None, values[-1]])))
    if kind in ("integer", "number"):
        low, span = draw(st.integers(0, 9)), draw(st.integers(1, 90))
        return replace(
            made, minimum=Decimal(low), maximum=Decimal(low + span), default=draw(st.none() | st.just(low))
        )
    if kind == "images":
        return replace(made, many=True, max_items=draw(st.none() | st.integers(1, 6)))
    return made


TABLES = st.lists(parameters(), min_size=1, max_size=4, unique_by=lambda one: one.name)


def _schema_type(one):
    return {"choice": "string", "flag": "boolean", "image": "string"}.get(one.kind, one.kind).replace(
        "text", "string"
    )


def as_schema(table, rng):
    properties = {}
    for one in table:
        spec = {"type": _schema_type(one)}
        if one.kind == "image":
            spec |= {"format": "uri", "x-media": "image"}
        if one.many:
            spec = {"type": "array", "items": spec}
        spec |= _bounds(one, "maxItems", "maxLength", "minimum", "maximum")
        if one.choices:
            spec["enum"] = [choice.value for choice in one.choices]
        if one.default is not None:
            spec["default"] = one.default
        properties[one.name] = rng.choice([spec, {"anyOf": [spec, {"type": "null"}]}])
    required = [one.name for one in table if one.required]
    return {"type": "object", "properties": properties, "required": required}


def as_list(table, rng):
    rows = []
    for one in table:
        kind = {
            "flag": ["boolean", "bool", "toggle"],
            "choice": ["select", "enum"],
            "text": ["string", "text"],
        }
        row = {"name": one.name, "type": rng.choice(kind.get(one.kind, [one.kind])), "required": one.required}
        row |= _bounds(
            one, "max_items", "max_length", rng.choice(["min", "minimum"]), rng.choice(["max", "maximum"])
        )
        if one.many:
            row["multiple"] = True
        if one.choices:
            row[rng.choice(["options", "choices", "enum"])] = rng.choice(
                [[c.value for c in one.choices], [{"value": c.value, "label": c.label} for c in one.choices]]
            )
        if one.default is not None:
            row["default"] = one.default
        rows.append(row)
    return rows


def as_object(table, rng):
    return {row.pop("name"): row for row in as_list(table, rng)}


def _bounds(one, most_items, most_letters, low, high):
    said = {most_items: one.max_items, most_letters: one.max_length}
    if one.kind in ("integer", "number"):
        said |= {low: one.minimum and int(one.minimum), high: one.maximum and int(one.maximum)}
        said[low] = int(one.minimum or 0)
    return {name: value for name, value in said.items() if value is not None}


@given(TABLES, RANDOMS)
def test_any_spelling_of_a_table_gives_the_same_parameters(table, rng):
    spelled = rng.choice(
        [
            {rng.choice(["input_schema", "parameters"]): as_schema(_nameable(table), rng)},
            {rng.choice(["parameters", "params"]): as_list(table, rng)},
            {"parameters": as_object(table, rng)},
            {"capabilities": {"parameters": as_list(table, rng)}},
        ]
    )
    expected = _nameable(table) if "input_schema" in spelled or _is_schema(spelled) else table
    found = decoded(**spelled)
    assert [one for one in found.parameters if one.name != "prompt"] == list(expected)


def _is_schema(spelled):
    said = spelled.get("parameters")
    return isinstance(said, dict) and "properties" in said


def _nameable(table):
    """A JSON Schema tells a picture from any other address by its name alone."""
    return [
        replace(one, name=f"{one.name}_image_url", label=label_for(f"{one.name}_image_url"))
        if one.kind == "image"
        else one
        for one in table
    ]


@given(TABLES, RANDOMS)
def test_the_canonical_json_of_a_table_decodes_to_it(table, rng):
    capability = decoded(parameters=as_list(table, rng))
    again = decode_models([to_json(capability)]).capabilities[0]
    assert again.parameters == capability.parameters


@given(TABLES)
def test_what_a_fresh_form_shows_is_taken_once_the_required_is_filled_in(table):
    capability = replace(decoded(), parameters=tuple(table))
    filled = {one.name: _some(one) for one in table if one.required}
    request = GenerateRequest("veo", **{**defaults(capability), **filled})
    assert check(request, capability) == {}


def _some(one):
    if one.kind == "image":
        return ("https://example.com/a.png",) if one.many else "https://example.com/a.png"
    if one.choices:
        return one.choices[0].value
    return {"text": "x", "integer": int(one.minimum or 1), "number": int(one.minimum or 1), "flag": True}[
        one.kind
    ]


MODES: dict[str, dict[str, Any]] = {
    "text_to_video": {"durations": [5, 10]},
    "first_last_frame": {
        "label": "Two frames",
        "durations": [5],
        "parameters": [
            {"name": "first_frame_url", "required": True},
            {"name": "last_frame_url", "required": True},
        ],
    },
}


@pytest.mark.parametrize(
    ("record", "selector"),
    [
        ({"modes": MODES}, "mode"),
        ({"seedance_modes": MODES}, "seedance_mode"),
        ({"modes": MODES, "mode_field": "workflow"}, "workflow"),
        ({"modes": [{"name": name, **mode} for name, mode in MODES.items()]}, "mode"),
    ],
)
def test_each_mode_has_its_own_parameters(record, selector):
    capability = decoded(aspect_ratios=["16:9"], **record)
    assert capability.mode == selector
    assert [choice.value for choice in capability.choices_of(selector)] == list(MODES)
    words = {one.name for one in capability.parameters_in("text_to_video")}
    frames = {one.name for one in capability.parameters_in("first_last_frame")}
    assert words == {selector, "prompt", "aspect_ratio", "duration_seconds"}
    assert frames == words | {"first_frame_url", "last_frame_url"}
    assert [c.value for c in capability.parameter("duration_seconds", "first_last_frame").choices] == [5]
    assert capability.durations == (5, 10)
    again = decode_models([to_json(capability)]).capabilities[0]
    assert (again.mode, again.parameters) == (capability.mode, capability.parameters)


def test_a_value_of_another_mode_is_refused_and_left_out_when_the_mode_changes():
    capability = decoded(modes=MODES)
    frames = {"first_frame_url": "https://example.com/a.png", "last_frame_url": "https://example.com/b.png"}
    wish = GenerateRequest("veo", prompt="x", mode="text_to_video", duration_seconds=10, **frames)
    assert check(wish, capability) == {
        "first_frame_url": "“First frame” is not used in the mode “Text to video”.",
        "last_frame_url": "“Last frame” is not used in the mode “Text to video”.",
    }
    kept, dropped = keep_legal({**wish.values, "mode": "first_last_frame"}, capability)
    assert kept.keys() == {"prompt", "mode", *frames}
    assert dropped == {"duration_seconds": "veo makes clips of 5 s; 10 s is not offered."}


@pytest.mark.parametrize(
    ("record", "name", "kind", "facts"),
    [
        ({"seedance_modes": ["text_to_video", "first_frame"]}, "seedance_mode", "choice", {}),
        ({"seed": {"min": 0, "max": 9}}, "seed", "integer", {"minimum": 0, "maximum": 9}),
        ({"seed": True}, "seed", "integer", {}),
        ({"supports_negative_prompt": True}, "negative_prompt", "text", {}),
        ({"supported_resolutions": ["720p", "1080p"]}, "resolution", "choice", {}),
        ({"allowed_fps": [24, 30]}, "fps", "integer", {}),
        ({"cfg_scale": {"min": 0, "max": 1, "step": 0.1}}, "cfg_scale", "number", {"step": Decimal("0.1")}),
        (
            {"supported_frame_images": ["first_frame", "last_frame"]},
            "last_frame_url",
            "image",
            {"many": False},
        ),
        ({"reference_images": {"max": 4}}, "reference_image_urls", "image", {"many": True, "max_items": 4}),
        ({"allowed_passthrough_parameters": ["seed", "glow"]}, "glow", "text", {}),
    ],
)
def test_a_key_that_only_names_a_parameter_makes_one_of_the_best_kind(record, name, kind, facts):
    parameter = decoded(**record).parameter(name)
    assert parameter is not None
    assert (parameter.kind, parameter.required) == (kind, None)
    assert {key: getattr(parameter, key) for key in facts} == facts


@pytest.mark.parametrize(
    "record",
    [
        {"tags": ["new", "fast"]},
        {"example_prompts": ["A cat"]},
        {"supports_streaming": True},
        {"credit_packs": [10, 20]},
        {"is_new": True},
        {"seed": False},
        {"negative_prompt": {"supported": False}},
    ],
)
def test_what_describes_the_model_or_its_price_is_no_parameter(record):
    assert [one.name for one in decoded(**record).parameters] == ["prompt"]


@pytest.mark.parametrize(
    ("ratios", "sent"),
    [
        ([{"label": "Landscape", "width": 16, "height": 9}], ["16:9"]),
        ([{"width": 1280, "height": 720}], ["16:9"]),
        (["16/9", "9x16"], ["16:9", "9:16"]),
        ([{"ratio": "1:1", "name": "Square"}], ["1:1"]),
        ([{"label": "Landscape"}, "16:9"], ["16:9"]),
        (["Auto", "16:9"], ["Auto", "16:9"]),
    ],
)
def test_a_ratio_is_sent_as_two_numbers_and_never_as_its_label(ratios, sent):
    assert [choice.value for choice in decoded(aspect_ratios=ratios).aspect_ratios] == sent


@pytest.mark.parametrize(
    "mark", [{"disabled": True}, {"enabled": False}, {"available": False}, {"active": False}]
)
def test_an_option_that_is_switched_off_is_listed_and_refused(mark):
    capability = decoded(quality_modes=["std", {"value": "pro", "label": "Pro", **mark}])
    assert [choice.value for choice in capability.quality_modes] == ["std"]
    assert [choice.value for choice in capability.parameter("quality_mode").choices] == ["std", "pro"]
    wish = GenerateRequest("veo", prompt="x", quality_mode="pro")
    assert "is not offered" in check(wish, capability)["quality_mode"]


def test_min_and_max_durations_are_a_range():
    assert decoded(min_duration=3, max_duration="5 s").durations == (3, 4, 5)


def test_defaults_and_required_names_may_be_kept_apart():
    capability = decoded(
        parameters=["glow", {"name": "grain", "type": "integer"}],
        defaults={"grain": 3},
        required=["glow"],
    )
    assert capability.parameter("grain").default == 3
    assert capability.parameter("glow").required is True


def test_a_local_reference_of_a_schema_is_followed():
    capability = decoded(
        input_schema={
            "properties": {"look": {"allOf": [{"$ref": "#/$defs/Look"}], "default": "warm"}},
            "$defs": {"Look": {"enum": ["warm", "cold"], "type": "string"}},
        }
    )
    look = capability.parameter("look")
    assert ([choice.value for choice in look.choices], look.default) == (["warm", "cold"], "warm")


@pytest.mark.parametrize("name", ["", "two words", "a" * 81, "x;drop", "é"])
def test_a_name_that_no_field_can_have_is_left_out_with_a_note(name):
    capability = decoded(parameters=[{"name": name, "type": "integer"}])
    assert [one.name for one in capability.parameters] == ["prompt"]
    assert bool(capability.notes) == bool(name)


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("integer", " 7 ", 7),
        ("integer", "7.5", "7.5"),
        ("number", "0.5", 0.5),
        ("flag", "yes", True),
        ("flag", "off", False),
        ("object", '{"a": 1}', {"a": 1}),
        ("object", "{", "{"),
        ("text", "  x ", "x"),
    ],
)
def test_text_is_read_as_the_kind_says_or_stays_text(kind, typed, value):
    assert value_from_text(Parameter("any", kind, "Any"), typed) == value


def test_a_request_reads_as_people_say_it():
    capability = decoded(
        quality_modes=[{"value": "hd", "label": "High"}],
        sound=True,
        parameters=[{"name": "seed", "type": "integer"}, {"name": "first_frame_url"}],
    )
    values = GenerateRequest(
        "veo",
        duration_seconds=8,
        quality_mode="hd",
        sound=True,
        seed=7,
        first_frame_url="https://example.com/a.png",
        input_image_urls=("https://example.com/b.png",),
    ).values
    assert list(phrases(values, capability)) == ["8 s", "High", "with sound", "Seed 7"]
    assert inputs(values, capability) == [
        ("image", "https://example.com/b.png"),
        ("First frame", "https://example.com/a.png"),
    ]
    assert [(fact.label, fact.words) for fact in facts(values, capability)][-1] == ("Seed", "7")


def test_limits_of_a_single_picture_are_at_most_one():
    assert Parameter("first_frame_url", "image", required=True).limits == Limits(1, 1)
