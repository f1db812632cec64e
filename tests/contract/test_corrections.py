"""What an admin says of a model's parameters, on top of its record."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from studio.contract.capability import KINDS, Capability, Choice, Parameter
from studio.contract.corrections import corrected, hidden_entry, parameter_of
from studio.contract.decode import decode_capability, decode_models
from studio.contract.encode import parameter_json, to_json
from tests.factories import VEO
from tests.must import must

SPARKLE = {"name": "sparkle", "kind": "integer", "label": "Sparkle", "minimum": 1, "maximum": 9}
SEED = {"name": "seed", "kind": "integer"}
BY_MODE = {
    **VEO,
    "mode_parameter": "mode",
    "parameters": [
        {"name": "mode", "kind": "choice", "choices": ["text", "image"], "required": True},
        {"name": "strength", "kind": "integer", "modes": ["text"]},
        {"name": "strength", "kind": "number", "modes": ["image"]},
    ],
}


def veo(*own: Mapping[str, Any], record: Mapping[str, Any] = VEO) -> Capability:
    return corrected(decode_capability("veo31_fast", record), own)


def names(capability: Capability) -> list[str]:
    return [one.name for one in capability.parameters]


WORDS = st.text("abc é9", min_size=1, max_size=8).map(str.strip).filter(bool)
FIGURES = st.integers(-(2**53), 2**53).map(Decimal) | st.integers(-999, 999).map(lambda n: Decimal(n) / 4)
COUNTS = st.none() | st.integers(1, 900)
PARAMETERS = st.builds(
    Parameter,
    name=st.sampled_from(["sparkle", "duration", "ratio", "caption_url", "mode", "images"]),
    kind=st.sampled_from(KINDS),
    label=WORDS,
    choices=st.lists(st.builds(Choice, WORDS | st.integers(0, 99), WORDS, st.booleans()), max_size=3).map(
        tuple
    ),
    many=st.booleans(),
    minimum=st.none() | FIGURES,
    maximum=st.none() | FIGURES,
    step=st.none() | FIGURES,
    default=st.none() | WORDS | st.integers() | st.booleans() | st.lists(WORDS, min_size=1).map(tuple),
    required=st.none() | st.booleans(),
    max_length=COUNTS,
    min_items=COUNTS,
    max_items=COUNTS,
    modes=st.lists(WORDS, max_size=2).map(tuple),
    note=st.just("") | WORDS,
    is_ours=st.just(True),
)


@given(PARAMETERS)
def test_a_stored_parameter_is_read_back_exactly_as_it_was_written(parameter: Parameter) -> None:
    """Unlike a studio's record, which is guessed at: a parameter called “duration” is sent as “duration”."""
    assert parameter_of(json.loads(json.dumps(parameter_json(parameter)))) == parameter


def test_nothing_said_changes_nothing() -> None:
    plain = decode_capability("veo31_fast", VEO)
    assert corrected(plain, []) is plain


def test_an_added_parameter_follows_the_others_and_is_marked() -> None:
    found = veo(SPARKLE)
    assert names(found) == [*names(veo()), "sparkle"]
    added = must(found.parameter("sparkle"))
    assert added.is_ours
    assert (added.minimum, added.maximum) == (1, 9)
    assert not any(one.is_ours for one in veo().parameters)


def test_a_correction_stands_where_the_parameter_stood() -> None:
    ratio = {"name": "aspect_ratio", "kind": "choice", "choices": [{"value": "21:9", "label": "Wide"}]}
    found = veo(ratio)
    assert names(found) == names(veo())
    assert found.aspect_ratios == (Choice("21:9", "Wide"),)


def test_a_hidden_parameter_is_not_in_the_table() -> None:
    assert "aspect_ratio" not in names(veo(hidden_entry("aspect_ratio")))
    assert names(veo(hidden_entry("no_such_thing"))) == names(veo())


def test_a_hidden_opt_in_takes_its_discount_along() -> None:
    assert veo().directory_discount
    assert veo(hidden_entry("prompt_directory_optin")).directory_discount is None


def test_a_correction_replaces_the_parameter_in_every_mode() -> None:
    assert names(veo(record=BY_MODE)).count("strength") == 2
    found = veo({"name": "strength", "kind": "text"}, record=BY_MODE)
    assert names(found).count("strength") == 1
    assert {one.kind for mode in ("text", "image") if (one := found.parameter("strength", mode))} == {"text"}


def test_a_model_whose_mode_is_hidden_has_no_modes() -> None:
    found = veo(hidden_entry("mode"), record=BY_MODE)
    assert (found.mode, found.first_mode) == ("", None)


def test_the_canonical_record_of_a_corrected_model_gives_it_again() -> None:
    """Another installation reads it through our API."""
    found = veo(SPARKLE, {**SEED, "note": "Any number."}, hidden_entry("aspect_ratio"))
    (again,) = decode_models([json.loads(json.dumps(to_json(found)))]).capabilities
    assert again == replace(found, raw=again.raw)
    assert [one.name for one in again.parameters if one.is_ours] == ["sparkle", "seed"]
