"""The rules for a model's own parameters, kind by kind. A wrong "fits" is a refusal that may be paid for."""

from decimal import Decimal
from typing import Any

import pytest

from studio.contract.capability import Choice, Parameter
from studio.contract.request import GenerateRequest
from studio.contract.rules import (
    LONGEST_OBJECT,
    check,
    defaults,
    fault_in,
    initial_of,
    keep_legal,
    legal_mode,
    sends_off,
    without_idle_flags,
)
from tests.contract.made import model

URL = "https://example.com/a.png"
WARM, COLD = Choice("warm", "Warm"), Choice("cold", "Cold", enabled=False)


def a_parameter(kind: str, **facts: Any) -> Parameter:
    return Parameter("glow", kind, "Glow", **facts)


def fits(value: Any, parameter: Parameter) -> bool:
    """Whether the value is taken."""
    capability = model(parameters=(parameter,))
    sentence = fault_in(value, parameter, capability)
    assert not sentence or sentence.endswith(".")
    complaints = check(GenerateRequest("some_model", prompt="x", glow=value), capability)
    assert complaints.get("glow", "") == sentence  # a request is judged as its field is
    return not sentence


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (a_parameter("text"), ["x", "x" * 9_999], [7, True, ["x"], "a\0", "\ud800"]),
        (a_parameter("text", max_length=3), ["abc"], ["abcd"]),
        (a_parameter("choice", choices=(WARM, COLD)), ["warm"], ["cold", "hot", 7]),
        (a_parameter("integer"), [7, -7, 10**12], [7.0, 7.5, "7", True, [7]]),
        (a_parameter("integer", minimum=Decimal(2), maximum=Decimal(4)), [2, 3, 4], [1, 5]),
        (a_parameter("integer", minimum=Decimal(2)), [2, 10**9], [1]),
        (a_parameter("integer", maximum=Decimal(4)), [-9, 4], [5]),
        (a_parameter("integer", step=Decimal(5)), [10, -5], [12, 1]),
        (a_parameter("integer", minimum=Decimal(1), step=Decimal(5)), [1, 6, 11], [5, 10]),
        (a_parameter("integer", choices=(Choice(24, "24"), Choice(30, "30"))), [24, 30], [25, "24"]),
        (a_parameter("number"), [7, 0.5, -0.5], ["0.5", True, [1]]),
        (a_parameter("number", minimum=Decimal("0.1"), maximum=Decimal(1)), [0.1, 1, 1.0], [0.05, 1.01]),
        (a_parameter("number", step=Decimal("0.1")), [0.3, 1], [0.25]),
        (a_parameter("flag"), [True], ["yes", 1, ["x"]]),
        (a_parameter("image"), [URL, "/media/a.png"], ["a.png", 7, "ftp://a.example/x", [URL]]),
        (a_parameter("url"), [URL], ["nonsense"]),
        (a_parameter("object"), [{"a": 1}], ["{}", [1], 7, {"a": float("nan")}, {"a": object()}]),
        (a_parameter("object"), [{"a": "x" * (LONGEST_OBJECT - 9)}], [{"a": "x" * (LONGEST_OBJECT - 8)}]),
    ],
)
def test_each_kind_takes_its_values_and_no_others(
    parameter: Parameter, good: list[Any], bad: list[Any]
) -> None:
    assert [value for value in good if not fits(value, parameter)] == []
    assert [value for value in bad if fits(value, parameter)] == []


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (a_parameter("text", many=True, max_items=2), [("a",), ["a", "b"]], ["a", ("a", "b", "c"), ("a", 7)]),
        (a_parameter("text", many=True, max_length=1), [("a", "b")], [("a", "bc")]),
        (a_parameter("image", many=True, max_items=1), [(URL,)], [URL, (URL, URL), (URL, "a.png")]),
        (a_parameter("object", many=True), [({"a": 1},)], [{"a": 1}, ({"a": 1}, "x")]),
        (a_parameter("text", many=True), [("a",) * 500], [7]),
    ],
)
def test_a_list_takes_as_many_good_items_as_the_model_says(
    parameter: Parameter, good: list[Any], bad: list[Any]
) -> None:
    assert [value for value in good if not fits(value, parameter)] == []
    assert [value for value in bad if fits(value, parameter)] == []


@pytest.mark.parametrize(
    ("parameter", "figures"),
    [
        (a_parameter("integer", minimum=Decimal(2), maximum=Decimal(4)), ("2", "4", "77")),
        (a_parameter("integer", maximum=Decimal(4)), ("4", "77")),
        (a_parameter("number", minimum=Decimal("80.5")), ("80.5", "77")),
        (a_parameter("integer", step=Decimal(50)), ("50",)),
        (a_parameter("choice", choices=(Choice(1, "One"), COLD)), ("One",)),
    ],
)
def test_a_refusal_names_the_bounds_and_what_was_given(
    parameter: Parameter, figures: tuple[str, ...]
) -> None:
    value: Any = "77" if parameter.kind == "choice" else 77
    sentence = fault_in(value, parameter, model(parameters=(parameter,)))
    assert [figure for figure in figures if figure not in sentence] == []
    assert "Cold" not in sentence  # which cannot be chosen


# ── What is missing ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("parameter", "value", "is_missed"),
    [
        (a_parameter("text", required=True), None, True),
        (a_parameter("text", required=True), " ", True),
        (a_parameter("text", required=False), None, False),
        (a_parameter("text"), None, False),
        (a_parameter("choice", required=True, choices=(WARM, COLD)), None, True),
        (a_parameter("integer", required=True), 0, False),
        (a_parameter("text", many=True, min_items=2), ("a",), True),
        (a_parameter("text", many=True, min_items=2), ("a", "b"), False),
        (a_parameter("text", many=True, min_items=2), None, True),
        (a_parameter("video", many=True, min_items=1), None, True),
        (a_parameter("audio", many=True, min_items=2), (URL,), True),
        (a_parameter("image", required=True), None, True),
        (a_parameter("image", required=True), URL, False),
    ],
)
def test_a_request_without_what_the_model_needs_is_refused_at_that_field(
    parameter: Parameter, value: Any, is_missed: bool
) -> None:
    request = GenerateRequest("some_model", prompt="x", glow=value)
    assert list(check(request, model(parameters=(parameter,)))) == (["glow"] if is_missed else [])


def test_what_is_missing_of_a_choice_lists_what_can_be_chosen() -> None:
    parameter = a_parameter("choice", required=True, choices=(WARM, COLD, Choice("soft", "Soft")))
    sentence = check(GenerateRequest("some_model", prompt="x"), model(parameters=(parameter,)))["glow"]
    assert "Warm" in sentence
    assert "Soft" in sentence
    assert "Cold" not in sentence


@pytest.mark.parametrize("value", [False, None, "", (), [], {}])
def test_a_parameter_of_another_model_that_asks_for_nothing_is_no_fault(value: Any) -> None:
    assert check(GenerateRequest("some_model", prompt="x", glow=value), model()) == {}


# ── Another model ────────────────────────────────────────────────────────────────────────────────────────
def test_a_single_address_is_kept_from_a_list_that_the_other_model_does_not_take() -> None:
    capability = model(parameters=(a_parameter("image"),))
    kept, dropped = keep_legal({"glow": ("nonsense", URL, "/media/b.png")}, capability)
    assert kept == {"glow": URL}
    assert list(dropped) == ["glow"]


@pytest.mark.parametrize("value", [7, ("nonsense",), "nonsense"])
def test_a_list_without_a_usable_address_is_dropped_whole(value: Any) -> None:
    kept, dropped = keep_legal({"glow": value}, model(parameters=(a_parameter("image", many=True),)))
    assert kept == {}
    assert list(dropped) == ["glow"]


def test_a_value_out_of_bounds_is_dropped_and_not_moved_to_the_nearest() -> None:
    """A clip is paid for: it is made as somebody chose, or not."""
    parameter = a_parameter("integer", minimum=Decimal(2), maximum=Decimal(4))
    assert keep_legal({"glow": 5}, model(parameters=(parameter,)))[0] == {}


def test_a_mode_that_the_model_has_not_becomes_its_first() -> None:
    modes = Parameter("mode", "choice", "Mode", (Choice("text", "Text"), Choice("image", "Image")))
    capability = model(parameters=(modes,), mode="mode")
    assert legal_mode({"mode": "image"}, capability) == "image"
    assert legal_mode({"mode": "remix"}, capability) == legal_mode({}, capability) == "text"
    assert legal_mode({"mode": "image"}, model()) is None


# ── A new form ───────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("parameter", "initial"),
    [
        (a_parameter("integer", default=3), 3),
        (a_parameter("integer", default=9, maximum=Decimal(4)), None),
        (a_parameter("choice", default="cold", choices=(COLD, WARM), required=True), "warm"),
        (a_parameter("choice", choices=(COLD, WARM), required=True), "warm"),
        (a_parameter("choice", choices=(COLD, WARM)), None),
        (a_parameter("text", many=True, choices=(WARM,), required=True), None),
        (a_parameter("flag"), False),
        (a_parameter("flag", default=True), True),
        (a_parameter("text"), None),
    ],
)
def test_a_new_form_shows_the_default_only_if_the_model_takes_it(parameter: Parameter, initial: Any) -> None:
    capability = model(parameters=(parameter,))
    assert initial_of(parameter, capability) == initial
    assert defaults(capability).get("glow") == initial


def test_a_new_form_starts_in_the_first_mode() -> None:
    modes = Parameter("mode", "choice", "Mode", (Choice("text", "Text"), Choice("image", "Image")))
    capability = model(parameters=(modes, a_parameter("integer", default=3, modes=("image",))), mode="mode")
    assert defaults(capability) == {"mode": "text"}
    assert defaults(capability, "image") == {"mode": "text", "glow": 3}


@pytest.mark.parametrize(
    ("parameter", "is_sent"),
    [
        (a_parameter("flag"), False),
        (a_parameter("flag", default=False), False),
        (a_parameter("flag", default=True), True),
        (Parameter("sound", "flag", "Sound"), True),
    ],
)
def test_off_is_sent_only_where_it_differs_from_leaving_it_out(parameter: Parameter, is_sent: bool) -> None:
    assert sends_off(parameter) is is_sent
    capability = model(parameters=(parameter,))
    request = without_idle_flags(capability, {"prompt": "x", parameter.name: False})
    assert (parameter.name in request.values) is is_sent
    assert without_idle_flags(capability, {parameter.name: True}).get(parameter.name) is True
