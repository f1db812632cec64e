"""The models of the fake upstream, in the canonical JSON, and what a clip of one costs."""

from typing import Any

Record = dict[str, Any]

PROMPT = {"required": True, "max_length": 5000}
NO_FILES = {"min": 0, "max": 0}

MODELS: list[Record] = [
    {
        "model_slug": "veo31_fast",
        "name": "Veo 3.1 Fast",
        "description": "Fast 8-second generation with text-to-video and image-to-video.",
        "engine": "Veo 3.1",
        "aspect_ratios": ["16:9", "9:16", "Auto"],
        "durations": [8],
        "quality_modes": [],
        "inputs": ["text", "image"],
        "credits": {"base": 100},
        "prompt": PROMPT,
        "images": {"min": 0, "max": 2},
        "videos": NO_FILES,
        "sound": False,
        "directory_discount": 10,
    },
    {
        "model_slug": "kling_3_0",
        "name": "Kling 3.0",
        "description": "Cinematic clips with sound.",
        "engine": "Kling 3.0",
        "aspect_ratios": ["16:9", "9:16", "1:1"],
        "durations": [5, 10],
        "quality_modes": ["std", "pro"],
        "inputs": ["text", "image"],
        "credits": {"per_second": {"std": 20, "pro": 30}, "sound_per_second": 5},
        "prompt": {"required": True, "max_length": 2500},
        "images": {"min": 0, "max": 1},
        "videos": NO_FILES,
        "sound": True,
    },
    {
        "model_slug": "wan_2_6_v2v",
        "name": "Wan 2.6 Remix",
        "description": "Remakes a clip after your words.",
        "engine": "Wan 2.6",
        "aspect_ratios": ["16:9", "9:16"],
        "durations": [5],
        "quality_modes": [],
        "inputs": ["text", "video"],
        "credits": {"base": 120},
        "prompt": PROMPT,
        "images": NO_FILES,
        "videos": {"min": 1, "max": 3},
        "sound": False,
    },
    {
        "model_slug": "story_board",
        "name": "Storyboard",
        "description": "From still images to a clip; words are optional.",
        "engine": "Story 1",
        "aspect_ratios": ["16:9"],
        "durations": [10, 15],
        "quality_modes": [],
        "inputs": ["text", "image"],
        "credits": {"by_duration": {"10": 150, "15": 210}},
        "prompt": {"required": False, "max_length": 5000},
        "images": {"min": 1, "max": 5},
        "videos": NO_FILES,
        "sound": False,
    },
]


def mistake(model: Record, body: Record) -> str:
    """The sentence of a 400, or ""."""
    checks = {
        "Invalid aspect ratio for this model": _not_offered(body.get("aspect_ratio"), model["aspect_ratios"]),
        "Invalid duration for this model": _not_offered(body.get("duration_seconds"), model["durations"]),
        "quality_mode is required for this model": model["quality_modes"] and not body.get("quality_mode"),
        "Invalid quality mode for this model": _not_offered(body.get("quality_mode"), model["quality_modes"]),
        "Prompt is required": model["prompt"]["required"] and not body.get("prompt"),
        "Prompt is too long": len(body.get("prompt", "")) > model["prompt"]["max_length"],
        "Invalid number of input_image_urls": _wrong_count(body.get("input_image_urls"), model["images"]),
        "Invalid number of input_video_urls": _wrong_count(body.get("input_video_urls"), model["videos"]),
        "Sound is not supported by this model": body.get("sound") and not model["sound"],
        "The provider refused this prompt": "[sandbox:reject]" in body.get("prompt", ""),
    }
    return next((sentence for sentence, wrong in checks.items() if wrong), "")


def price(model: Record, body: Record) -> int:
    """Credits, worked out apart from the product's own estimate so that the two can disagree."""
    credits = model["credits"]
    seconds = body.get("duration_seconds") or model["durations"][0]
    per_second = credits.get("per_second", 0)
    if isinstance(per_second, dict):
        per_second = per_second[body["quality_mode"]]
    total = credits.get("base", 0) + per_second * seconds
    total += credits.get("by_duration", {}).get(str(seconds), 0)
    if body.get("sound"):
        total += credits.get("sound_per_second", 0) * seconds
    if body.get("prompt_directory_optin"):
        total -= model.get("directory_discount", 0)
    return total


def _not_offered(value: Any, offered: list[Any]) -> bool:
    return value not in (None, "") and value not in offered


def _wrong_count(urls: list[str] | None, limits: Record) -> bool:
    return not limits["min"] <= len(urls or []) <= limits["max"]
