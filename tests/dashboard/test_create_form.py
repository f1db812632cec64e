"""Forms built from capabilities: whatever is posted, a sentence or a request comes of it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from dashboard.create.form import CreateForm, form_for, posted_values
from dashboard.models.words import durations_phrase, limits_phrase
from studio.contract.capability import NONE_ALLOWED, Capability, Choice, Limits, PromptRule
from studio.contract.published_price import Discount
from studio.contract.rules import check, defaults, keep_legal
from tests.contract.made import model

ratios = st.lists(st.sampled_from(["16:9", "9:16", "1:1", "Auto"]), unique=True)
durations = st.lists(st.integers(1, 60), unique=True, max_size=20)
limits = st.sampled_from([NONE_ALLOWED, Limits(0, 2), Limits(1, 1), Limits(0, None)])


@st.composite
def capabilities(draw: st.DrawFn) -> Capability:
    return model(
        aspect_ratios=tuple(Choice(value, value) for value in draw(ratios)),
        durations=tuple(sorted(draw(durations))),
        quality_modes=tuple(
            Choice(value, value.title()) for value in draw(st.sampled_from([[], ["std", "pro"]]))
        ),
        inputs=draw(st.sampled_from([("text",), ("text", "image"), ("image",)])),
        prompt=PromptRule(draw(st.sampled_from([None, True, False])), draw(st.sampled_from([None, 20]))),
        images=draw(limits),
        videos=draw(limits),
        sound=draw(st.booleans()),
        directory_discount=draw(st.sampled_from([None, Discount(Decimal(10))])),
    )


words = st.text(max_size=30)
posts = st.fixed_dictionaries(
    {},
    optional={
        "prompt": words,
        "aspect_ratio": st.sampled_from(["16:9", "9:16", "2:1", ""]),
        "duration_seconds": st.one_of(st.integers(-5, 80).map(str), words),
        "quality_mode": st.sampled_from(["std", "pro", "8k"]),
        "input_image_urls": st.lists(
            st.sampled_from(["https://example.com/a.png", "nowhere", ""]), max_size=4
        ),
        "input_video_urls": st.lists(st.sampled_from(["https://example.com/a.mp4", "nowhere"]), max_size=3),
        "sound": st.sampled_from(["on", "off"]),
        "prompt_directory_optin": st.just("on"),
        "variations": st.one_of(st.integers(-1, 6).map(str), words),
    },
)


def query(post: dict[str, Any]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in post.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


@given(capabilities(), posts)
def test_a_valid_form_asks_for_what_the_rules_allow(capability: Capability, post: dict[str, object]) -> None:
    form = form_for(capability)(query(post))
    if form.is_valid():
        assert check(form.request, capability) == {}
    else:
        assert all(sentence for sentences in form.errors.values() for sentence in sentences)


@given(capabilities(), posts)
def test_what_is_kept_for_a_model_fills_its_form_without_complaint(
    capability: Capability, post: dict[str, object]
) -> None:
    kept, _ = keep_legal(posted_values(query(post), capability), capability)
    form = form_for(capability)(initial={**defaults(capability), **kept})
    assert kept.keys() <= form.fields.keys()
    assert not form.errors


def a_form(**said: object) -> CreateForm:
    return form_for(model(**said))()


def test_few_durations_are_buttons_and_many_a_range() -> None:
    assert isinstance(a_form(durations=(5, 10)).fields["duration_seconds"].widget, forms.RadioSelect)
    slider = a_form(durations=tuple(range(3, 16))).fields["duration_seconds"].widget
    assert (slider.input_type, slider.attrs) == ("range", {"min": 3, "max": 15, "step": 1})


def test_many_durations_without_an_even_step_stay_buttons() -> None:
    field = a_form(durations=(1, 2, 4, 8, 16, 20, 24, 28, 30)).fields["duration_seconds"]
    assert isinstance(field.widget, forms.RadioSelect)


def test_the_warning_beside_the_directory_says_that_it_publishes() -> None:
    field = a_form(directory_discount=Discount(Decimal(10))).fields["prompt_directory_optin"]
    assert "10 credits less" in field.help_text
    assert "Publishes" in field.help_text


def test_durations_are_told_in_few_words() -> None:
    assert [
        durations_phrase(seconds) for seconds in [(), (8,), (5, 10), (3, 4, 5, 6), tuple(range(3, 16))]
    ] == [
        "",
        "8 s",
        "5, 10 s",
        "3–6 s",
        "3–15 s",
    ]


def test_limits_are_told_in_few_words() -> None:
    told = [Limits(0, 2), Limits(1, 1), Limits(2, 4), Limits(1, None), Limits(0, None)]
    assert [limits_phrase(limit) for limit in told] == ["up to 2", "1 required", "2 to 4", "at least 1", ""]
