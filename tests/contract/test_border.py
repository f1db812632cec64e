"""The border that every decoded JSON answer passes: behind it, everything can be stored and printed."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.contract.spelling.border import (
    LARGEST_NUMBER,
    LEFT_OUT,
    LONGEST_KEY,
    LONGEST_TEXT,
    MOST_LEVELS,
    MOST_OPTIONS,
    MOST_VALUES,
    admit,
    bounded,
    read_json,
)
from studio.contract.spelling.values import Unread

SURROGATE = "\ud83d"
ODD = st.sampled_from(
    [math.nan, math.inf, -math.inf, 2**53 + 1, -(2**64), 1e300, "a\0b", SURROGATE, "x" * 100_001]
)
ANY = st.recursive(
    ODD | st.none() | st.booleans() | st.integers(-100, 100) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=4) | st.sampled_from(["\0", SURROGATE, "id"]), inner, max_size=4)
    ),
    max_leaves=15,
)


def nested(levels: int, inner: object = "core") -> object:
    for number in range(levels):
        inner = [inner] if number % 2 else {"inner": inner}
    return inner


def depth_of(value: object) -> int:
    if not isinstance(value, dict | list):
        return 0
    return 1 + max(
        (depth_of(item) for item in (value.values() if isinstance(value, dict) else value)), default=0
    )


@given(ANY)
def test_whatever_comes_in_can_be_written_as_strict_json_in_utf_8(value):
    admitted = admit(value).value
    written = json.dumps(admitted, allow_nan=False).encode()
    assert b"\\u0000" not in written
    json.dumps(admitted, ensure_ascii=False).encode()
    assert json.loads(written) == admitted


@given(ANY)
def test_what_has_passed_once_passes_again_unchanged(value):
    once = admit({"record": value})
    again = admit(once.value)
    assert again.value == once.value
    assert again.notes_of(again.value) == ()


@given(ANY)
def test_reading_bytes_is_the_same_as_admitting_what_they_mean(value):
    assert read_json(json.dumps(value).encode()).value == admit(value).value


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.text(max_size=5).filter(lambda text: "\0" not in text),
        lambda inner: st.lists(inner) | st.dictionaries(st.just("a"), inner),
    )
)
def test_ordinary_json_passes_unchanged_and_without_a_note(value):
    admitted = admit({"record": value})
    assert admitted.value == {"record": value}
    assert admitted.notes_of(admitted.value) == ()


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("-Infinity", "-Infinity"),
        ("1e400", "1e400"),
        ("-1e400", "-1e400"),
        ("1e16", "1e16"),
        ("9007199254740992", 2**53),
        ("9007199254740993", "9007199254740993"),
        ("-9007199254740993", "-9007199254740993"),
        ("9007199254740992.0", float(2**53)),
        ("1e-400", 0.0),
        ("0.1", 0.1),
    ],
)
def test_numbers_that_are_not_exact_everywhere_are_kept_as_they_were_written(body, kept):
    admitted = read_json(b'{"figure": %s}' % body.encode())
    assert admitted.value == {"figure": kept}
    told = admitted.notes_of(admitted.value)
    assert told == (
        ("A number that is too large, or is none at all, is kept as text.",) if isinstance(kept, str) else ()
    )


def test_an_id_beyond_exact_numbers_stays_usable_as_text_and_needs_no_note():
    admitted = read_json(b'{"job_id": 12345678901234567890}')
    assert admitted.value == {"job_id": "12345678901234567890"}
    assert admitted.notes_of(admitted.value) == ()


def test_digits_that_python_refuses_to_read_hide_nothing_else():
    admitted = read_json(b'[{"a": ' + b"9" * 5_000 + b'}, {"b": 1}]').value
    assert len(admitted[0]["a"]) == LONGEST_KEY
    assert admitted[1] == {"b": 1}


@pytest.mark.parametrize("levels", [MOST_LEVELS, MOST_LEVELS + 1, 900, 200_000])
def test_what_is_nested_too_deep_is_left_out_and_noted(levels):
    text = '{"a":[' * (levels // 2) + ('{"a":"core"}' if levels % 2 else '"core"') + "]}" * (levels // 2)
    admitted = read_json(b'{"good": 1, "deep": ' + text.encode() + b', "after": "]\\"["}')
    assert (admitted.value["good"], admitted.value["after"]) == (1, ']"[')
    assert depth_of(admitted.value) == MOST_LEVELS
    assert LEFT_OUT in json.dumps(admitted.value, ensure_ascii=False)
    assert admitted.notes_of(admitted.value) == (
        f"What is nested deeper than {MOST_LEVELS} levels was left out.",
    )


@pytest.mark.parametrize("container", [dict, list])
def test_exactly_as_deep_as_allowed_is_kept_whole(container):
    fits = nested(MOST_LEVELS) if container is dict else [nested(MOST_LEVELS - 1)]
    assert admit(fits).value == fits
    assert depth_of(admit([fits]).value) == MOST_LEVELS


def test_over_long_text_and_names_are_cut_and_noted():
    admitted = admit({"long": "x" * (LONGEST_TEXT + 1), "fits": "x" * LONGEST_TEXT, "k" * 2_000: 1})
    assert len(admitted.value["long"]) == LONGEST_TEXT
    assert admitted.value["long"].endswith(LEFT_OUT)
    assert admitted.value["fits"] == "x" * LONGEST_TEXT
    assert max(map(len, admitted.value)) == LONGEST_KEY
    assert admitted.notes_of(admitted.value) == (f"Text longer than {LONGEST_TEXT:,} characters was cut.",)


def test_names_that_become_the_same_do_not_hide_the_first():
    admitted = admit({"a\0": 1, "a\ud800": 2})
    assert admitted.value == {"a\ufffd": 1}
    assert "Two fields with the same name: the first one is used." in admitted.notes_of(admitted.value)


def test_a_note_is_with_every_object_that_holds_the_odd_value_and_with_no_other():
    admitted = admit({"models": [{"slug": "odd", "options": ["\0"]}, {"slug": "fine"}]})
    odd, fine = admitted.value["models"]
    replaced = ("Characters that cannot be stored were replaced.",)
    assert [admitted.notes_of(each) for each in (odd, fine, admitted.value)] == [replaced, (), replaced]


def test_bytes_that_are_no_utf_8_and_raw_line_breaks_are_read():
    assert read_json(b'{"name": "Caf\xe9", "about": "one\ntwo"}').value == {
        "name": "Caf\ufffd",
        "about": "one\ntwo",
    }
    assert read_json('\ufeff{"a": 1}'.encode()).value == {"a": 1}
    assert read_json('{"a": "é"}'.encode("utf-16")).value == {"a": "é"}


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{", b'{"a": 1} 2', b"[" * 200_000, b"]" * 200_000, b"\xff\xfe\x00"]
)
def test_what_is_no_json_is_a_value_error(body):
    with pytest.raises(ValueError, match=r"."):
        read_json(body)


def test_the_key_is_hidden_before_anything_else_sees_an_answer():
    admitted = read_json(b'{"k-secret": ["a k-secret"]}', clean=lambda text: text.replace("k-secret", "*"))
    assert admitted.value == {"*": ["a *"]}


# ── One record ──────────────────────────────────────────────────────────────────────────────────────────
def test_a_record_of_fifty_thousand_options_is_bounded_with_a_note():
    record = {
        "slug": "veo",
        "options": list(range(50_000)),
        "by": {str(n): n for n in range(MOST_OPTIONS + 1)},
    }
    kept, notes = bounded(record, lambda name: False)
    assert kept["options"] == list(range(MOST_OPTIONS))
    assert len(kept["by"]) == MOST_OPTIONS
    assert notes == (f"49,801 options were left out: a list may have {MOST_OPTIONS} here.",)


def test_exactly_as_many_options_as_allowed_are_kept():
    record = {"options": list(range(MOST_OPTIONS)), **{f"field {n}": n for n in range(MOST_OPTIONS)}}
    assert bounded(record, lambda name: False) == (record, ())


def test_one_option_too_many_is_told_of_as_one():
    _, notes = bounded({"options": list(range(MOST_OPTIONS + 1))}, lambda name: False)
    assert notes == (f"1 option was left out: a list may have {MOST_OPTIONS} here.",)


def test_what_must_stay_whole_is_not_cut_at_any_level():
    prices = {str(number): number for number in range(1_000)}
    record = {"credits": prices, "modes": [{"credits": prices}]}
    assert bounded(record, lambda name: name == "credits") == (record, ())


def test_a_record_that_is_too_large_in_all_is_not_read():
    rows = [[1] * MOST_OPTIONS] * MOST_OPTIONS
    with pytest.raises(Unread, match="20,000 values"):
        bounded({"rows": rows}, lambda name: False)
    fits = {"rows": [[1] * 99] * (MOST_VALUES // 100 - 1)}
    assert bounded(fits, lambda name: False)[0] == fits


def test_the_largest_exact_number_is_a_number():
    assert admit([LARGEST_NUMBER, LARGEST_NUMBER + 1]).value == [LARGEST_NUMBER, str(LARGEST_NUMBER + 1)]
