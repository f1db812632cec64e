"""The walk over a catalog: which records it holds, in any envelope, and which slug each of them has."""

import json
from dataclasses import replace
from operator import attrgetter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.contract.capability import Models
from studio.contract.decode import decode_history, decode_models
from studio.contract.decode import models as catalog
from studio.contract.decode.capability.offer import DEPRECATED
from studio.contract.errors import Unavailable
from studio.contract.price import price_range
from studio.contract.spelling.border import MOST_OPTIONS, MOST_VALUES, read_json
from tests.contract.strategies import RANDOMS, capabilities, spelled
from tests.examples import examples

KLING: dict[str, Any] = {"durations": [5, 10], "aspect_ratios": ["16:9"], "credits": 60}
LUMA: dict[str, Any] = {"durations": [4], "credits": 20}
# As they are written, since Python's json writes no 1e400: each hides nothing but itself.
ODD = (
    *(
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "9" * 5_000,
        '"a\\u0000b"',
        '"\\ud800"',
        '"\\u0007"',
        "[]",
        "null",
    ),
    *('{"\\u0000": 1}', "[" * 200 + "]" * 200, '{"a":' * 90 + "1" + "}" * 90, '"' + "x" * 120_000 + '"'),
)
MARK = '"<odd>"'


def slugs(models: Models) -> list[str]:
    return [capability.slug for capability in models.capabilities]


def split(rng, rows):
    """The rows in order, in one to three parts; some may be empty."""
    cuts = sorted(rng.choices(range(len(rows) + 1), k=2))
    return [rows[: cuts[0]], rows[cuts[0] : cuts[1]], rows[cuts[1] :]]


def by_slug(pairs):
    return dict(pairs)


def enveloped(rng, pairs):
    """(slug, record) pairs in an envelope with one or more lists."""
    first, second, third = split(rng, pairs)
    rows = [row for _, row in pairs]
    families = [
        {"name": f"Family {number}", "id": number, "models": [row for _, row in part]}
        for number, part in enumerate((first, second, third))
        if part
    ]
    return rng.choice(
        [
            rows,
            {"models": rows},
            {"data": {"models": by_slug(pairs)}},
            {"data": {"models": {"items": rows}}, "meta": {"total": len(rows)}},
            {"families": families},
            {"data": {"groups": families}, "success": True},
            {
                "catalog": {
                    f"family {n}": {"models": by_slug(part)} for n, part in enumerate((first, second, third))
                }
            },
            {
                "models": {
                    "fast": [r for _, r in first],
                    "pro": [r for _, r in second],
                    "lite": [r for _, r in third],
                }
            },
            {"text_to_video": [r for _, r in first], "image_to_video": [r for _, r in second + third]},
            {"providers": {"one": by_slug(first), "two": by_slug(second + third)}},
            {
                "models": [
                    *families[:1],
                    *[r for _, r in (second + third if first else third if second else [])],
                ]
            },
            {"results": rows, "count": len(rows), "next": None, "previous": None},
            {"models": rows, "featured": rows[:1], "popular": {"items": rows[-1:]}},
            {"models": rows, "image_models": [{"slug": "flux", "durations": [1]}], "account": {"id": 7}},
            {
                "models": rows,
                "default": {"slug": "nothing", "durations": [5]},
                "filters": {"durations": [5, 10]},
            },
        ]
    )


@settings(max_examples=examples(60))
@given(
    st.lists(capabilities(), min_size=1, max_size=4, unique_by=attrgetter("slug")),
    RANDOMS,
    st.lists(st.sampled_from(ODD), min_size=1, max_size=3),
)
def test_any_envelope_with_any_odd_values_gives_the_same_capabilities(wanted, rng, odd):
    pairs = [(each.slug, {**spelled(each, rng), "x_odd": "<odd>"}) for each in wanted]
    written = json.dumps(enveloped(rng, pairs))
    for value in odd * written.count(MARK):
        written = written.replace(MARK, value, 1)
    models = decode_models(read_json(written.encode()))
    found = {each.slug: each for each in models.capabilities}
    assert models.unreadable == ()
    assert models.incomplete == ""
    assert set(found) == {each.slug for each in wanted}
    for each in wanted:
        unknown = {name: said for name, said in found[each.slug].unknown.items() if name != "x_odd"}
        assert replace(found[each.slug], unknown=unknown) == each


@settings(max_examples=examples(40))
@given(st.lists(capabilities(), min_size=1, max_size=4, unique_by=attrgetter("slug")), RANDOMS)
def test_a_catalog_in_pages_is_the_same_catalog(wanted, rng):
    rows = [spelled(each, rng) for each in wanted]
    pages = [{"count": len(rows), "results": part} for part in split(rng, rows)]
    models = decode_models(*pages)
    assert models.capabilities == tuple(wanted)
    assert models.incomplete == ""
    if pages[0]["results"] and len(pages[0]["results"]) < len(rows):
        assert f"The studio has {len(rows)} models" in decode_models(pages[0]).incomplete


# ── Lists ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "payload",
    [
        {"families": [{"models": [{"slug": "a", **KLING}]}, {"models": [{"slug": "b", **LUMA}]}]},
        {"families": [{"slug": "f", "name": "F", "models": [{"slug": "a"}, {"slug": "b"}]}]},
        {"families": [{"id": "f", "durations": [5], "models": {"a": KLING, "b": LUMA}}]},
        {"data": {"models": {"a": KLING, "b": LUMA}}},
        {"models": {"a": {"id": 17, **KLING}, "b": {"id": 18, **LUMA}}},
        {"models": [{"id": "a", "capabilities": KLING}], "more": [{"id": "b", "capabilities": LUMA}]},
        {"a": KLING, "b": LUMA, "success": True},
        {"a": {**KLING, "modes": [KLING, LUMA, KLING]}, "b": LUMA},
        {"shelf": [{"slug": "a", **KLING}, {"slug": "b", **LUMA}], "default": {"slug": "x"} | KLING},
        {"models": [{"slug": "a", **KLING}], "labs": {"experimental": [{"slug": "b", **LUMA}]}},
        {
            "models": [
                {"slug": "a", **KLING, "variants": [{"slug": "x"}]},
                {"slug": "b", "modes": [KLING, LUMA]},
            ]
        },
        {"models": [{"slug": "a", **KLING}, {"name": "F", "entries": [{"slug": "b", **LUMA}]}]},
        {
            "models": [{"slug": "a"}, {"slug": "b"}],
            "tags": [{"slug": "new"}],
            "banners": {"x": {"slug": "y"}},
        },
        {"data": [{"id": "a", "modes": {"t2v": KLING, "i2v": LUMA}}, {"id": "b", "text_to_video": KLING}]},
    ],
)
def test_all_records_are_found_and_nothing_else(payload):
    models = decode_models(payload)
    assert slugs(models) == ["a", "b"]
    assert models.unreadable == ()


@pytest.mark.parametrize(
    "payload", [{"models": [], "families": []}, {"data": {"models": {}}}, {"data": {"models": []}}]
)
def test_an_empty_catalog_is_empty_wherever_it_stands(payload):
    assert decode_models(payload) == Models()


def test_a_list_that_repeats_models_in_short_takes_nothing_from_them():
    full = {"slug": "a", "name": "A", **KLING}
    for payload in (
        {"featured": [{"slug": "a", "durations": [5]}], "models": [full]},
        {"models": [full], "z_featured": [{"slug": "a", "durations": [5]}]},
    ):
        models = decode_models(payload)
        assert [capability.name for capability in models.capabilities] == ["A"]
        assert models.unreadable == ()


def test_a_page_that_repeats_a_model_of_the_page_before_changes_nothing():
    models = decode_models(
        {"results": [{"slug": "a", **KLING}]}, {"results": [{"slug": "a", **LUMA, "more": 1}]}
    )
    assert models.capabilities[0].durations == (5, 10)
    assert models.unreadable == ()


def test_more_models_than_anybody_chooses_from_are_not_all_read(monkeypatch):
    monkeypatch.setattr(catalog, "MOST_MODELS", 3)
    models = decode_models([{"slug": f"veo_{number}", **KLING} for number in range(4)])
    assert len(models.capabilities) == 3
    assert models.incomplete == "The studio lists more than 3 models: only the first ones were read."


# ── Histories are not mixed ─────────────────────────────────────────────────────────────────────────────
JOBS = [
    {"job_id": "1", "status": "completed", "prompt": "x"},
    {"job_id": "2", "status": "failed", "prompt": "y"},
]


@pytest.mark.parametrize(
    "payload",
    [
        {"jobs": JOBS, "transactions": [{"id": 9, "job_id": "1", "status": "done", "created_at": 1}]},
        {"days": [{"date": "2026-02-20", "jobs": JOBS[:1]}, {"date": "2026-02-19", "jobs": JOBS[1:]}]},
        {"data": {"jobs": {"1": JOBS[0], "2": JOBS[1]}}},
        {"running": JOBS[:1], "finished": JOBS[1:], "webhooks": [{"id": 5, "status": "on"}]},
        {"data": {"status": "ok", "created_at": 1, "jobs": JOBS}},
        {"jobs": [{**job, "outputs": [{"status": "ok", "created_at": 1, "prompt": "z"}]} for job in JOBS]},
    ],
)
def test_a_history_holds_its_jobs_and_no_rows_of_other_lists(payload):
    history = decode_history(payload)
    assert {job.job_id for job in history.jobs} == {"1", "2"}
    assert history.unreadable == ()


# ── Slugs ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("key", "record", "slug"),
    [
        ("veo31_fast", {"id": 17}, "veo31_fast"),
        ("veo31_fast", {"id": "17"}, "veo31_fast"),
        ("veo31_fast", {"id": "8f14e45f-ceea-467f-a0e6-2d3c9a1c9c11"}, "veo31_fast"),
        ("veo31_fast", {}, "veo31_fast"),
        ("17", {"id": "veo31_fast"}, "veo31_fast"),
        ("Veo 3.1 Fast", {"id": "veo31_fast"}, "veo31_fast"),
        ("17", {"slug": "veo31_fast"}, "veo31_fast"),
        ("other", {"model_slug": "veo31_fast", "slug": "other"}, "veo31_fast"),
        ("", {"id": 17, "slug": "veo31_fast"}, "veo31_fast"),
        ("", {"id": 17, "model": "veo31_fast"}, "veo31_fast"),
        ("", {"id": 17, "model_id": "google/veo-3.1"}, "google/veo-3.1"),
        ("", {"id": 17, "name": "veo31_fast"}, "veo31_fast"),
        ("", {"id": 17, "name": "Veo 3.1 Fast"}, "17"),
        ("", {"id": 17, "name": "Kling"}, "17"),
        ("", {"slug": 17}, "17"),
        ("", {"id": "9007199254740993"}, "9007199254740993"),
    ],
)
def test_the_text_that_looks_like_a_slug_is_the_slug(key, record, slug):
    rows = {"models": {key: {**record, **KLING}}} if key else [{**record, **KLING}]
    assert slugs(decode_models(rows)) == [slug]


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("s" * 201, "Its slug is longer than 200 characters."),
        ("s" * 50_000, "Its slug is longer than 200 characters."),
        ("veo\0fast", "Its slug holds characters that cannot be stored or sent."),
        ("veo\ud800", "Its slug holds characters that cannot be stored or sent."),
        ("veo\u202efast", "Its slug holds characters that cannot be stored or sent."),
    ],
)
def test_a_slug_that_no_request_can_name_is_a_reason(slug, reason):
    for rows in ([{"slug": slug, **KLING}, {"slug": "fine", **LUMA}], {"m": {slug: KLING, "fine": LUMA}}):
        models = decode_models(read_json(json.dumps(rows).encode()))
        assert [bad.reason for bad in models.unreadable] == [reason]
        assert slugs(models) == ["fine"]


# ── What is switched off ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"disabled": True}, "The studio says that it is disabled."),
        ({"is_disabled": 1}, "The studio says that it is disabled."),
        ({"enabled": False}, "The studio says that it is not enabled."),
        ({"active": "no"}, "The studio says that it is not active."),
        ({"isActive": False}, "The studio says that it is not active."),
        ({"available": False}, "The studio says that it is not available."),
        ({"status": "Coming soon"}, "The studio says of it: “Coming soon”."),
        ({"state": "disabled"}, "The studio says of it: “disabled”."),
        ({"status": "live", "enabled": True, "disabled": False, "hidden": None, "active": "yes"}, None),
        ({"status": {"disabled": True}}, None),
        ({"available": "eu, us"}, None),
    ],
)
def test_a_model_that_is_switched_off_is_withheld_with_the_reason(said, reason):
    models = decode_models([{"slug": "veo", **KLING, **said}])
    assert slugs(models) == ["veo"]
    assert models.withheld == ({"veo": reason} if reason else {})
    assert not models.capabilities[0].unknown.keys() - {"status", "state"}


@pytest.mark.parametrize("said", [{"deprecated": True}, {"isDeprecated": "yes"}, {"status": "deprecated"}])
def test_a_deprecated_model_is_offered_with_a_note(said):
    models = decode_models([{"slug": "veo", **KLING, **said}])
    assert models.withheld == {}
    assert models.notes == {"veo": (DEPRECATED,)}


# ── More than was read ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"count": 30}, "The studio has 30 models, and 1 was read."),
        ({"meta": {"pagination": {"total": "30"}}}, "The studio has 30 models, and 1 was read."),
        ({"has_more": True}, "The studio has more models than the 1 that was read."),
        ({"next": "https://elsewhere.example.com/"}, "The studio has more models than the 1 that was read."),
        (
            {"page": {"number": 1}, "hasNextPage": "yes"},
            "The studio has more models than the 1 that was read.",
        ),
        ({"count": 1, "next": None, "has_more": False, "page": 1, "total_pages": 1}, ""),
        ({"count": 0, "next": "", "links": {"next": None}}, ""),
    ],
)
def test_an_answer_that_has_more_says_so(said, sentence):
    models = decode_models({"results": [{"slug": "veo", **KLING}], **said})
    assert models.incomplete == sentence


# ── Notes and bounds ────────────────────────────────────────────────────────────────────────────────────
def test_fifty_thousand_options_are_bounded_before_anything_is_made_of_them():
    many = [{"value": f"v{number}", "label": f"Choice {number}"} for number in range(50_000)]
    models = decode_models(
        [{"slug": "veo", "durations": [5], "credits": 7, "quality_modes": many}, {"slug": "b", **LUMA}]
    )
    (note,) = models.notes["veo"]
    assert note == f"49,800 options were left out: a list may have {MOST_OPTIONS} here."
    veo = models.capabilities[0]
    assert len(veo.quality_modes) == MOST_OPTIONS
    assert len(json.dumps(veo.raw)) < 20_000
    assert price_range(veo) == (7, 7)
    assert "b" not in models.notes


def test_a_record_that_is_far_too_large_is_listed_and_kept_in_short():
    rows = [[f"{number}"] * MOST_OPTIONS for number in range(MOST_OPTIONS)]
    models = decode_models([{"slug": "huge", "rows": rows}, {"slug": "fine", **LUMA}])
    (bad,) = models.unreadable
    assert (bad.slug, bad.reason) == ("huge", f"Its record holds more than {MOST_VALUES:,} values.")
    assert len(json.dumps(bad.raw)) < 10_000
    assert slugs(models) == ["fine"]


def test_a_price_is_never_cut():
    rows = [{"quality": f"q{number}", "credits": number} for number in range(1_000)]
    (veo,) = decode_models([{"slug": "veo", "credits": rows}]).capabilities
    assert veo.raw["credits"] == rows


@given(
    st.recursive(
        st.sampled_from([*KLING, "slug", "models", 5, None]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | (
                st.dictionaries(
                    st.sampled_from(["models", "data", "slug", "id", "items", "durations", "modes", "x"]),
                    inner,
                )
            )
        ),
        max_leaves=30,
    )
)
def test_envelopes_of_any_shape_are_walked_to_an_end(payload):
    try:
        models = decode_models(payload)
    except Unavailable:
        return
    assert all(bad.reason for bad in models.unreadable)
