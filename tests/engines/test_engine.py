"""What every engine does alike, over HTTP in any spelling or embedded. The product leans on nothing else."""

import pytest

from studio.contract.answers import JOB_STATES, Refund
from studio.contract.capability import Capability
from studio.contract.errors import InsufficientCredits, InvalidRequest, NotFound
from studio.contract.request import GenerateRequest
from tests.contract.pricing import a_price
from tests.engines.bench import Bench

LIGHTHOUSE = GenerateRequest(
    "veo31_fast", prompt="a lighthouse at dawn", aspect_ratio="16:9", duration_seconds=8
)
STORM = LIGHTHOUSE.but(prompt="[sandbox:fail] a storm")  # fails, in every engine made for trying


def model(bench: Bench, slug: str) -> Capability:
    return next(found for found in bench.engine.models().capabilities if found.slug == slug)


def test_every_model_is_understood(bench):
    models = bench.engine.models()
    assert len({model.slug for model in models.capabilities}) == len(models.capabilities) > 1
    assert models.unreadable == ()


def test_veo_31_fast_is_as_the_vendor_prints_it(bench):
    veo = model(bench, "veo31_fast")
    assert (veo.name, veo.engine) == ("Veo 3.1 Fast", "Veo 3.1")
    assert veo.description == "Fast 8-second generation with text-to-video and image-to-video."
    assert [ratio.value for ratio in veo.aspect_ratios] == ["16:9", "9:16", "Auto"]
    assert veo.durations == (8,)
    assert veo.quality_modes == ()
    assert set(veo.inputs) == {"text", "image"}
    assert veo.price == a_price(base=100)


def test_a_clip_is_accepted_and_charged_at_once(bench):
    first, second = bench.engine.generate(LIGHTHOUSE), bench.engine.generate(LIGHTHOUSE)
    assert len(first.job_ids) == len(second.job_ids) == 1
    assert first.job_ids != second.job_ids
    assert (first.credits_remaining, second.credits_remaining) == (1900, 1800)
    assert first.raw


def test_each_model_takes_a_request_made_from_its_own_record(bench):
    bench.set_credits(10_000)
    for capability in bench.engine.models().capabilities:
        assert bench.engine.generate(_request_for(capability)).job_ids


def _request_for(model: Capability) -> GenerateRequest:
    return GenerateRequest(
        model.slug,
        prompt="a lighthouse at dawn",
        aspect_ratio=model.aspect_ratios[0].value if model.aspect_ratios else "",
        duration_seconds=model.durations[0] if model.durations else None,
        quality_mode=model.quality_modes[0].value if model.quality_modes else "",
        input_image_urls=("https://example.com/still.jpg",) if model.images.allows_any else (),
        input_video_urls=("https://example.com/clip.mp4",) if model.videos.allows_any else (),
        **({model.mode: model.first_mode} if model.mode else {}),
    )


def test_a_job_goes_forward_until_its_clip_is_there(bench):
    (job_id,) = bench.engine.generate(LIGHTHOUSE).job_ids
    reports = bench.ended(job_id)
    order = [JOB_STATES.index(report.state) for report in reports]
    assert order == sorted(order)
    for unfinished in reports[:-1]:
        assert unfinished.result_urls == ()
        assert unfinished.completed_at is None
    done = reports[-1]
    assert done.state == "completed"
    assert (done.job_id, done.model_slug, done.credits_charged) == (job_id, "veo31_fast", 100)
    assert done.result_urls
    assert all(url.startswith(("http://", "https://", "/")) for url in done.result_urls)
    assert done.created_at <= done.completed_at
    assert done.created_at.utcoffset().total_seconds() == 0


def test_a_failed_clip_says_why_and_gives_its_credits_back(bench):
    (job_id,) = bench.engine.generate(STORM).job_ids
    failed = bench.ended(job_id)[-1]
    assert failed.state == "failed"
    assert failed.error_message
    assert failed.credits_refunded in (Refund.WHOLE, failed.credits_charged)
    assert bench.engine.generate(LIGHTHOUSE).credits_remaining == 1900


def test_the_history_tells_what_status_tells_newest_first(bench):
    ids = [bench.engine.generate(STORM).job_ids[0] for _ in range(3)]
    for job_id in ids:
        bench.ended(job_id)
    history = bench.engine.history()
    assert [job.job_id for job in history.jobs] == ids[::-1]
    assert history.unreadable == ()
    assert history.jobs[0] == bench.engine.status(ids[2])
    assert history.jobs[0].prompt == STORM.prompt


def test_the_history_is_as_short_as_asked(bench):
    ids = [bench.engine.generate(LIGHTHOUSE).job_ids[0] for _ in range(3)]
    assert [job.job_id for job in bench.engine.history(limit=2).jobs] == [ids[2], ids[1]]


def test_the_history_of_a_new_account_is_empty(bench):
    assert bench.engine.history().jobs == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"duration_seconds": 7}, "duration_seconds"),
        ({"aspect_ratio": "3:1"}, "aspect_ratio"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": "[sandbox:reject] a storm"}, "prompt"),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused_and_costs_nothing(bench, change, field):
    with pytest.raises(InvalidRequest) as refused:
        bench.engine.generate(LIGHTHOUSE.but(**change))
    assert refused.value.sentence
    assert refused.value.field == field
    assert bench.engine.history().jobs == ()
    assert bench.engine.generate(LIGHTHOUSE).credits_remaining == 1900


def test_too_few_credits_are_refused_with_both_figures(bench):
    bench.set_credits(94)
    with pytest.raises(InsufficientCredits) as refused:
        bench.engine.generate(LIGHTHOUSE)
    assert (refused.value.required, refused.value.available) == (100, 94)
    assert bench.engine.history().jobs == ()


def test_an_unknown_model_or_job_is_not_found(bench):
    with pytest.raises(NotFound):
        bench.engine.generate(LIGHTHOUSE.but(model_slug="no_such_model"))
    with pytest.raises(NotFound):
        bench.engine.status("8990f846-f6f0-4ff1-a298-d0a72d49e7ad")
