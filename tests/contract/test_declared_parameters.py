"""Single descriptions of parameters, and what is made of those that say too little, too much or nonsense."""

from decimal import Decimal
from typing import Any

import pytest

from studio.contract.capability import Choice, Parameter
from studio.contract.decode.capability.parameters import (
    declared,
    filled,
    parameter_from,
    read_value,
    value_from_text,
)


def read(name: str, spec: object) -> Parameter:
    notes: list[str] = []
    parameter = parameter_from(name, spec, notes)
    assert parameter is not None
    return parameter


def names(value: object) -> list[str]:
    return [one.name for one in declared(value, [])]


@pytest.mark.parametrize(
    ("name", "spec", "kind", "many"),
    [
        ("glow", {"type": ["null", "integer"]}, "integer", False),
        ("glow", {"type": ["null"]}, "text", False),
        ("glow", "integer", "integer", False),
        ("glow", "Turns the light up.", "text", False),
        ("glow", 7, "text", False),
        ("glow", {"min": 0, "max": 1, "step": 0.1}, "number", False),
        ("glow", {"min": 0, "max": 10}, "integer", False),
        ("glow", {"default": True}, "flag", False),
        ("glow", {"default": 3}, "integer", False),
        ("glow", ["a", "b"], "choice", False),
        ("glow", [1, 2], "integer", False),
        ("glow", [1, 2.5], "number", False),
        ("glow", [True, False], "choice", False),
        ("glow", {"type": "choice"}, "text", False),
        ("glow", {"type": "string", "multiple": True}, "text", True),
        ("glow", {"type": "array", "items": {"type": "integer"}}, "integer", True),
        ("glow", {"items": {"type": "number"}}, "number", True),
        ("glow", {"type": "image_list"}, "image", True),
        ("start_picture_url", {"type": "string"}, "image", False),
        ("voice_url", {"type": "string"}, "audio", False),
        ("backdrop_url", {"type": "string"}, "url", False),
        ("backdrop", {"type": "string", "format": "uri"}, "url", False),
        ("source_video_url", {"type": "string"}, "video", False),
        ("elements", {}, "object", True),
        ("seed", {}, "integer", False),
        ("reference_image_urls", {"type": "string"}, "image", True),
    ],
)
def test_the_kind_is_the_declared_one_else_the_best_guess(
    name: str, spec: object, kind: str, many: bool
) -> None:
    parameter = read(name, spec)
    assert (parameter.kind, parameter.many) == (kind, many)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        *(("ratio", "aspect_ratio"), ("Duration", "duration_seconds"), ("quality", "quality_mode")),
        *(("with_sound", "sound"), ("glow", "glow"), ("Glow", "Glow")),
    ],
)
def test_another_spelling_of_a_field_of_the_document_is_sent_under_its_name(name: str, sent: str) -> None:
    assert read(name, {}).name == sent


def test_one_picture_is_not_sent_as_a_list_of_them() -> None:
    assert read("image_urls", {"type": "string"}).name == "image_urls"
    assert read("image_urls", {"type": "array"}).name == "input_image_urls"


@pytest.mark.parametrize(
    ("spec", "required"),
    [
        ({"required": True}, True),
        ({"required": "no"}, False),
        ({"optional": True}, False),
        ({"optional": False}, None),
        ({"required": True, "optional": True}, True),
        ({}, None),
    ],
)
def test_what_is_required_is_read_from_either_word(spec: dict[str, Any], required: bool | None) -> None:
    assert read("glow", spec).required is required


@pytest.mark.parametrize(
    ("spec", "bounds"),
    [
        ({"type": "integer", "min": 1, "max": 9, "step": 2}, (1, 9, 2)),
        ({"type": "number", "minimum": "0.5"}, (Decimal("0.5"), None, None)),
        ({"type": "integer", "min": 9, "max": 1}, (None, None, None)),
        ({"type": "integer", "step": 0}, (None, None, None)),
        ({"type": "integer", "step": -1}, (None, None, None)),
        ({"type": "integer", "min": 1, "options": [1, 2]}, (None, None, None)),
    ],
)
def test_bounds_that_contradict_themselves_are_left_out(
    spec: dict[str, Any], bounds: tuple[Any, ...]
) -> None:
    parameter = read("glow", spec)
    assert (parameter.minimum, parameter.maximum, parameter.step) == bounds


@pytest.mark.parametrize(
    ("spec", "most"),
    [
        ({"type": "text", "max_length": 9}, 9),
        ({"type": "text", "max": 9}, 9),
        ({"type": "text", "max_chars": 0}, None),
        ({"type": "text", "max": 9.5}, None),
        ({"type": "text"}, None),
    ],
)
def test_the_most_letters_are_a_whole_number_above_nothing(spec: dict[str, Any], most: int | None) -> None:
    assert read("glow", spec).max_length == most


@pytest.mark.parametrize(
    ("spec", "counts"),
    [
        ({"type": "array", "minItems": 1, "maxItems": 4}, (1, 4)),
        ({"type": "array", "min": 1, "max": 4}, (1, 4)),
        ({"type": "array", "minItems": 0}, (None, None)),
        ({"type": "array", "min": -1, "max": 2.5}, (None, None)),
    ],
)
def test_a_list_has_counts_and_no_bounds(spec: dict[str, Any], counts: tuple[int | None, ...]) -> None:
    parameter = read("glow", spec)
    assert (parameter.min_items, parameter.max_items) == counts
    assert (parameter.minimum, parameter.maximum) == (None, None)


@pytest.mark.parametrize(
    ("name", "spec", "default"),
    [
        ("glow", {"type": "integer", "default": "7"}, 7),
        ("glow", {"type": "integer", "default": " "}, None),
        ("glow", {"type": "flag", "default": "yes"}, True),
        ("glow", {"type": "object", "default": {"a": 1}}, {"a": 1}),
        ("glow", {"type": "object", "default": "x"}, None),
        ("glow", {"type": "text", "default": {"a": 1}}, None),
        ("glow", {"type": "array", "items": {"type": "string"}, "default": ["a"]}, ("a",)),
        ("glow", {"type": "array", "items": {"type": "string"}, "default": "a"}, None),
        ("ratio", {"options": ["16:9", "9:16"], "default": "9/16"}, "9:16"),
        ("glow", {"options": ["a", {"value": "b", "default": True}]}, "b"),
    ],
)
def test_a_default_is_read_as_the_kind_says(name: str, spec: dict[str, Any], default: Any) -> None:
    assert read(name, spec).default == default


def test_a_duration_with_bounds_is_a_range_of_whole_seconds() -> None:
    choices = read("duration", {"type": "integer", "minimum": 4, "maximum": 8, "multipleOf": 2}).choices
    assert [choice.value for choice in choices] == [4, 6, 8]
    assert read("duration", {"type": "integer", "minimum": 4}).choices == ()


@pytest.mark.parametrize("modes", [["a", "b"], "a"])
def test_the_modes_of_a_parameter_may_be_one_word(modes: Any) -> None:
    assert read("glow", {"modes": modes}).modes == (tuple(modes) if isinstance(modes, list) else (modes,))
    assert read("glow", {"modes": 7}).modes == ()


# ── Tables ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("value", "found"),
    [
        (["glow", {"name": "grain"}, 7, None], ["glow", "grain"]),
        ({"glow": {}, "grain": {}}, ["glow", "grain"]),
        ({"type": "object"}, []),
        ({"type": {"options": ["a"]}}, ["type"]),
        ({"properties": {"glow": {}}, "type": "object"}, ["glow"]),
        ({"glow": {}, "model_slug": {}, "webhook_url": {}}, ["glow"]),
        ([{"name": "glow"}, {"name": "glow"}], ["glow"]),
        ([{"name": "glow", "modes": ["a"]}, {"name": "glow", "modes": ["b"]}], ["glow", "glow"]),
        ([{"type": "integer"}], []),
        ("glow", []),
        (None, []),
    ],
)
def test_parameters_are_found_in_each_kind_of_table(value: object, found: list[str]) -> None:
    assert names(value) == found


@pytest.mark.parametrize(
    ("schema", "required"),
    [
        ({"properties": {"glow": {}}, "required": ["glow"]}, True),
        ({"properties": {"glow": {}}, "required": []}, False),
        ({"properties": {"glow": {}}}, None),
        ({"properties": {"glow": {}}, "required": True}, None),
    ],
)
def test_a_schema_lists_what_is_required(schema: dict[str, Any], required: bool | None) -> None:
    assert [one.required for one in declared(schema, [])] == [required]


def test_a_reference_that_leads_nowhere_or_to_itself_leaves_the_rest() -> None:
    schema = {
        "properties": {
            "lost": {"$ref": "#/$defs/Missing/deeper", "type": "integer"},
            "circle": {"$ref": "#/$defs/Circle"},
            "list": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
            "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        },
        "$defs": {"Circle": {"$ref": "#/$defs/Circle"}, "Item": {"type": "number"}},
    }
    found = {one.name: (one.kind, one.many) for one in declared(schema, [])}
    assert found == {
        "lost": ("integer", False),
        "circle": ("text", False),
        "list": ("number", True),
        "either": ("text", False),
    }


def test_of_too_many_parameters_the_first_are_listed_with_one_note() -> None:
    notes: list[str] = []
    assert len(declared([f"p{number}" for number in range(250)], notes)) == 200
    assert len(notes) == 1
    assert "200" in notes[0]


# ── Two descriptions of one parameter ────────────────────────────────────────────────────────────────────
def test_a_second_description_fills_the_gaps_of_the_first_and_changes_nothing_else() -> None:
    first = Parameter("glow", "integer", "Glow", minimum=Decimal(1), default=3)
    other = Parameter("glow", "integer", "Other", minimum=Decimal(0), maximum=Decimal(9), required=True)
    merged = filled(first, other)
    assert (merged.label, merged.minimum, merged.default) == ("Glow", 1, 3)
    assert (merged.maximum, merged.required) == (9, True)
    assert filled(first, None) == first


def test_choices_that_are_filled_in_bring_their_kind() -> None:
    plain, choices = Parameter("glow", "text", "Glow"), (Choice(1, "1"), Choice(2, "2"))
    assert filled(plain, Parameter("glow", "integer", "Glow", choices)).kind == "integer"
    assert filled(plain, Parameter("glow", "integer", "Glow")).kind == "text"


# ── What is typed ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("parameter", "typed", "value"),
    [
        (Parameter("glow", "text", many=True), "a\n\n b \n", ("a", "b")),
        (Parameter("glow", "integer", many=True), "1\nx", (1, "x")),
        (Parameter("glow", "integer"), "  ", ""),
        (Parameter("glow", "object"), "  ", None),
        (Parameter("glow", "number"), "2.0", 2),
        (Parameter("glow", "number"), "1e5", "1e5"),
        (Parameter("glow", "flag"), "perhaps", "perhaps"),
        (Parameter("glow", "integer", choices=(Choice(24, "24 fps"),)), "24", 24),
    ],
)
def test_typed_text_becomes_a_value_or_stays_as_it_is(parameter: Parameter, typed: str, value: Any) -> None:
    found = value_from_text(parameter, typed)
    assert found == value
    assert type(found) is type(value)


def test_a_choice_between_yes_and_no_is_read_from_words() -> None:
    parameter = Parameter("glow", "choice", choices=(Choice(True, "Yes"), Choice(False, "No")))
    assert (read_value(parameter, "yes"), read_value(parameter, "off")) == (True, False)
    assert read_value(parameter, "perhaps") == "perhaps"
