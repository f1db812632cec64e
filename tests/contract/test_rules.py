import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.contract.capability import Choice, Limits, PromptRule
from studio.contract.published_price import Discount
from studio.contract.request import GenerateRequest
from studio.contract.rules import check, defaults, keep_legal
from tests.contract.made import model
from tests.contract.strategies import capabilities

SHAPES = {
    "aspect_ratios": (Choice("16:9", "16:9"), Choice("9:16", "9:16"), Choice("Auto", "Auto")),
    "prompt": PromptRule(max_length=20),
}
VEO_HAS = {
    **SHAPES,
    "slug": "veo31_fast",
    "name": "Veo 3.1 Fast",
    "durations": (8,),
    "inputs": ("text", "image"),
    "images": Limits(0, 2),
}
KLING_HAS = {
    **SHAPES,
    "slug": "kling",
    "name": "Kling",
    "durations": (5, 10),
    "quality_modes": (Choice("std", "Standard"), Choice("pro", "Pro")),
    "sound": True,
    "directory_discount": Discount(),
}
VEO, KLING = model(**VEO_HAS), model(**KLING_HAS)
PICTURE = "https://example.com/a.jpg"


def complaints(capability=VEO, **said):
    request = GenerateRequest(**{"model_slug": capability.slug, "prompt": "a lighthouse", **said})
    return check(request, capability)


def test_a_fitting_request_has_no_complaints():
    assert (
        complaints(aspect_ratio="9:16", duration_seconds=8, input_image_urls=(PICTURE, "/media/b.png")) == {}
    )
    assert complaints(KLING, quality_mode="pro", sound=True, prompt_directory_optin=True) == {}


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"duration_seconds": 5}, "duration_seconds", "Veo 3.1 Fast makes clips of 8 s; 5 s is not offered."),
        ({"duration_seconds": "8"}, "duration_seconds", "The duration must be a whole number of seconds."),
        (
            {"aspect_ratio": "4:3"},
            "aspect_ratio",
            "Veo 3.1 Fast makes clips in 16:9, 9:16 or Auto; “4:3” is not offered.",
        ),
        ({"prompt": " "}, "prompt", "Veo 3.1 Fast needs a prompt: say what the clip should show."),
        (
            {"prompt": "x" * 21},
            "prompt",
            "Veo 3.1 Fast takes prompts of up to 20 characters; this one has 21.",
        ),
        ({"prompt": "a\x00b"}, "prompt", "The prompt holds a character that cannot be sent."),
        ({"quality_mode": "pro"}, "quality_mode", "Veo 3.1 Fast does not take “Quality”."),
        ({"sound": True}, "sound", "Veo 3.1 Fast does not take “Sound”."),
        (
            {"input_image_urls": (PICTURE,) * 3},
            "input_image_urls",
            "Veo 3.1 Fast takes up to 2 images; 3 were given.",
        ),
        (
            {"input_image_urls": ("a.jpg",)},
            "input_image_urls",
            "“a.jpg” is not a web address: it should begin with https:// or http://.",
        ),
        ({"input_video_urls": (PICTURE,)}, "input_video_urls", "Veo 3.1 Fast does not take “Video URLs”."),
        (
            {"prompt_directory_optin": True},
            "prompt_directory_optin",
            "Veo 3.1 Fast does not take “Share in the prompt directory”.",
        ),
        ({"model_slug": "other"}, "model_slug", "“other” is not Veo 3.1 Fast."),
        ({"model_slug": ""}, "model_slug", "Choose a model."),
    ],
)
def test_each_misfit_gets_one_sentence_at_its_field(said, field, sentence):
    assert complaints(**said) == {field: sentence}


def test_a_quality_is_required_where_the_model_defines_them():
    assert complaints(KLING) == {"quality_mode": "Choose a quality: Kling offers Standard or Pro."}


def test_a_model_that_needs_images_says_how_many():
    assert complaints(model(**{**VEO_HAS, "images": Limits(2, 3)}), input_image_urls=(PICTURE,)) == {
        "input_image_urls": "Veo 3.1 Fast needs at least 2 images."
    }


@pytest.mark.parametrize(
    "storyboard",
    [
        model(**{**VEO_HAS, "prompt": PromptRule(required=False)}),
        model(**{**VEO_HAS, "name": "Wan storyboard"}),
    ],
)
def test_a_storyboard_starts_from_images_alone_but_not_from_nothing(storyboard):
    assert complaints(storyboard, prompt="", input_image_urls=(PICTURE,)) == {}
    assert "something to start from" in complaints(storyboard, prompt="")["prompt"]


def test_a_prompt_the_record_calls_optional_may_be_left_out():
    optional = model(**{**KLING_HAS, "prompt": PromptRule(required=False), "quality_modes": ()})
    assert complaints(optional, prompt="") == {}


def test_a_model_of_images_only_takes_no_prompt():
    mute = model(**{**VEO_HAS, "inputs": ("image",), "prompt": PromptRule()})
    assert complaints(mute, prompt="", input_image_urls=(PICTURE,)) == {}
    assert complaints(mute) == {"prompt": "Veo 3.1 Fast does not take “Prompt”."}


@pytest.mark.parametrize(
    "url",
    [
        *("/etc/passwd", "/media/../secret", "//media/x", "/media/", "ftp://example.com/a", "https://", 7),
        *("data:image/png;base64,x", "https://exa mple.com/", "javascript:alert(1)"),
    ],
)
def test_inputs_come_from_the_web_or_from_our_own_media(url):
    assert "is not a web address" in complaints(input_image_urls=(url,))["input_image_urls"]


@given(capabilities(), st.data())
def test_the_defaults_and_every_listed_choice_are_accepted(capability, data):
    said = defaults(capability)
    for name, choices in (
        ("aspect_ratio", [choice.value for choice in capability.aspect_ratios]),
        ("duration_seconds", capability.durations),
        ("quality_mode", [choice.value for choice in capability.quality_modes]),
        ("sound", [True, False] if capability.sound else []),
        ("prompt_directory_optin", [True, False] if capability.directory_discount else []),
    ):
        if choices:
            said[name] = data.draw(st.sampled_from(choices))
    inputs = {
        "prompt": "x" if capability.takes_prompt else "",
        "input_image_urls": (PICTURE,) * capability.images.min,
        "input_video_urls": (PICTURE,) * capability.videos.min,
    }
    request = GenerateRequest(capability.slug, **inputs, **said)
    assert check(request, capability) == {}
    stray = {"aspect_ratio": "7:3", "duration_seconds": 31, "quality_mode": "ultra"}
    assert stray.keys() <= check(request.but(**stray), capability).keys()


@given(capabilities(), capabilities(), st.data())
def test_what_is_kept_for_another_model_is_legal_there_and_the_rest_has_a_sentence(before, after, data):
    values = {
        **defaults(before),
        "prompt": data.draw(st.sampled_from(["", "x", "x" * 3000])),
        "input_image_urls": data.draw(
            st.sampled_from([(), (PICTURE,), (PICTURE,) * 4, (PICTURE, "nonsense")])
        ),
        "sound": data.draw(st.sampled_from([None, True, False])),
    }
    kept, dropped = keep_legal(values, after)
    request = GenerateRequest(after.slug, **kept)
    assert all(
        "needs at least" in check(request, after)[name] for name in kept.keys() & check(request, after).keys()
    )
    said = {name for name, value in values.items() if value}
    assert kept.keys() | dropped.keys() == said
    assert all(sentence.endswith(".") for sentence in dropped.values())
    assert all(kept[name] == values[name] for name in kept.keys() - dropped.keys())


def test_of_too_many_images_the_first_stay():
    images = tuple(f"https://example.com/{number}.jpg" for number in range(4))
    kept, dropped = keep_legal({"input_image_urls": images}, VEO)
    assert kept == {"input_image_urls": images[:2]}
    assert dropped == {"input_image_urls": "Veo 3.1 Fast takes up to 2 images; 4 were given."}


def test_defaults_are_the_first_choices_of_the_fields_that_the_model_takes():
    assert defaults(VEO) == {"aspect_ratio": "16:9", "duration_seconds": 8}
    assert defaults(KLING) == {
        "aspect_ratio": "16:9",
        "duration_seconds": 5,
        "quality_mode": "std",
        "sound": False,
        "prompt_directory_optin": False,
    }
