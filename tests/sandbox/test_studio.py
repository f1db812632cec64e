"""The sandbox at work: jobs go their way by the clock, clips are truly drawn, failures are refunded."""

import shutil
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from studio import film
from studio.contract.decode import decode_models
from studio.contract.errors import InvalidRequest
from studio.contract.request import GenerateRequest
from studio.film import child as child_process
from studio.sandbox.catalogue import answer
from studio.sandbox.models import SandboxJob
from studio.sandbox.studio import render_next
from tests.sandbox.conftest import no_inputs, work_through
from tests.worker.processes import wait_for

SHORT = GenerateRequest(
    "kling_3_0", prompt="a lighthouse at dawn", aspect_ratio="16:9", duration_seconds=3, quality_mode="std"
)
CAPABILITIES = decode_models(answer()).capabilities


@pytest.fixture(scope="session")
def inputs(tmp_path_factory):
    """A fetch that brings a small picture or a small clip, by the address's ending."""
    folder = tmp_path_factory.mktemp("inputs")
    Image.linear_gradient("L").convert("RGB").save(folder / "still.png")
    clip = film.render(film.RenderSpec("Sea", 1, quality="480p"), folder, deadline=60).clip

    def fetch(url: str, into: Path) -> Path:
        return Path(shutil.copyfile(clip if url.endswith(".mp4") else folder / "still.png", into))

    return fetch


def legal(capability) -> GenerateRequest:
    """The shortest request that a model takes."""
    return GenerateRequest(
        model_slug=capability.slug,
        prompt="" if capability.prompt.required is False else "a lighthouse at dawn",
        aspect_ratio=capability.aspect_ratios[-1].value,
        duration_seconds=capability.durations[0],
        quality_mode=capability.quality_modes[0].value if capability.quality_modes else "",
        input_image_urls=("https://example.com/a.png",) * capability.images.min,
        input_video_urls=("https://example.com/a.mp4",) * capability.videos.min,
        sound=True if capability.sound else None,
        **({capability.mode: capability.first_mode} if capability.mode else {}),
    )


QUICK = {"veo31_fast", "wan_2_6_v2v"}  # to draw


@pytest.mark.parametrize(
    "capability",
    [
        pytest.param(each, id=each.slug, marks=[] if each.slug in QUICK else pytest.mark.slow)
        for each in CAPABILITIES
    ],
)
def test_every_model_makes_a_clip_from_the_least_it_takes(sandbox, inputs, capability):
    job_id = sandbox.generate(legal(capability)).job_ids[0]
    work_through(inputs)
    report = sandbox.status(job_id)
    assert (report.state, report.error_message) == ("completed", "")
    assert report.result_urls == (f"/media/sandbox/{job_id}.mp4",)
    probe = film.probe(Path(default_storage.path(f"sandbox/{job_id}.mp4")))
    assert (probe.duration, probe.has_audio) == (capability.durations[0], capability.sound)


def test_a_failed_clip_is_refunded_in_full(sandbox):
    job_id = sandbox.generate(
        GenerateRequest(
            "veo31_fast", prompt="A lighthouse [sandbox:fail]", aspect_ratio="16:9", duration_seconds=8
        )
    ).job_ids[0]
    assert sandbox.models().credits_remaining == 1900
    work_through()
    report = sandbox.status(job_id)
    assert (report.state, report.credits_refunded, report.result_urls) == (
        "failed",
        report.credits_charged,
        (),
    )
    assert report.error_message.endswith(".")
    assert sandbox.models().credits_remaining == 2000
    assert work_through() == 0  # and it is not refunded again


def test_an_input_that_cannot_be_fetched_fails_the_clip_with_its_sentence(sandbox):
    class Unreachable(Exception):
        sentence = "The picture could not be fetched: example.com does not answer."

    def fetch(url: str, into: Path) -> Path:
        raise Unreachable

    hailuo = next(capability for capability in CAPABILITIES if capability.images.min)
    job_id = sandbox.generate(legal(hailuo)).job_ids[0]
    work_through(fetch)
    assert sandbox.status(job_id).error_message == Unreachable.sentence
    assert sandbox.models().credits_remaining == 2000


def test_states_can_be_seen_one_after_the_other(sandbox, settings):
    settings.SANDBOX_PACE = "real"
    job_id = sandbox.generate(
        GenerateRequest("veo31_fast", prompt="[sandbox:fail]", aspect_ratio="16:9", duration_seconds=8)
    ).job_ids[0]
    assert render_next(no_inputs) is False  # too young to be taken
    grow_older(created_at=timedelta(seconds=2))
    assert render_next(no_inputs) is True
    assert sandbox.status(job_id).state == "processing"
    assert render_next(no_inputs) is False  # made, but not told before its time
    grow_older(finish_at=timedelta(seconds=3))
    assert render_next(no_inputs) is True
    assert sandbox.status(job_id).state == "failed"


def test_a_slow_clip_holds_up_no_other(sandbox, settings):
    settings.SANDBOX_PACE = "real"
    slow, quick = (
        sandbox.generate(
            GenerateRequest("veo31_fast", prompt=prompt, aspect_ratio="16:9", duration_seconds=8)
        ).job_ids[0]
        for prompt in ("[sandbox:fail] [sandbox:slow]", "[sandbox:fail]")
    )
    grow_older(created_at=timedelta(seconds=2))
    work_through()
    grow_older(finish_at=timedelta(seconds=40))
    work_through()
    assert (sandbox.status(slow).state, sandbox.status(quick).state) == ("processing", "failed")
    grow_older(finish_at=timedelta(seconds=8))
    work_through()
    assert sandbox.status(slow).state == "failed"


def test_a_clip_that_a_dead_worker_left_is_taken_up_again(sandbox):
    job_id = sandbox.generate(SHORT).job_ids[0]
    assert SandboxJob.objects.get().claim(timedelta(seconds=60))
    assert work_through() == 0  # its lease still holds
    grow_older(lease_until=timedelta(seconds=61))
    work_through()
    assert sandbox.status(job_id).state == "completed"


def test_a_worker_whose_lease_was_lost_changes_nothing(sandbox):
    sandbox.generate(SHORT)
    late = SandboxJob.objects.get()
    assert late.claim(timedelta(0))
    assert SandboxJob.objects.get().claim(timedelta(seconds=60))
    assert not late.made(error_message="Too late.", finish_at=timezone.now())
    assert not late.finish()
    assert sandbox.history().jobs[0].state == "processing"


def test_only_one_of_two_workers_gets_a_job(sandbox):
    sandbox.generate(SHORT)
    one, other = SandboxJob.objects.get(), SandboxJob.objects.get()
    assert one.claim(timedelta(seconds=60))
    assert not other.claim(timedelta(seconds=60))


def test_a_clip_that_breaks_the_studio_again_and_again_is_given_up_and_refunded(sandbox):
    job_id = sandbox.generate(SHORT).job_ids[0]
    SandboxJob.objects.update(attempt=3)
    work_through()
    assert "several times" in sandbox.status(job_id).error_message
    assert sandbox.models().credits_remaining == 2000


def grow_older(**by: timedelta) -> None:
    """Let time pass for every job, without waiting for it."""
    for job in SandboxJob.objects.all():
        for name, span in by.items():
            moment = getattr(job, name)
            SandboxJob.objects.filter(pk=job.pk).update(**{name: moment and moment - span})


def test_a_clip_cut_off_when_the_worker_stops_is_drawn_by_the_next_one_at_once(sandbox):
    job_id = sandbox.generate(SHORT).job_ids[0]
    stopper = threading.Thread(target=_end_the_first_child)
    stopper.start()
    with pytest.raises(film.Interrupted):
        render_next(no_inputs)
    stopper.join()
    assert sandbox.status(job_id).state == "processing"
    assert render_next(no_inputs)
    assert sandbox.status(job_id).state == "completed"


def _end_the_first_child() -> None:
    wait_for(lambda: child_process._running, "the child that draws")
    film.end_all()


FRAMES = {"first_frame_url": "https://example.com/a.png", "last_frame_url": "https://example.com/b.png"}


@pytest.mark.parametrize(
    ("own", "pictures"),
    [
        ({"seedance_mode": "text_to_video"}, []),
        ({"seedance_mode": "first_last_frame", **FRAMES}, ["a.png", "b.png"]),
        (
            {"seedance_mode": "multimodal", "reference_image_urls": ("https://example.com/c.png",)},
            ["c.png"],
        ),
    ],
)
def test_a_mode_s_pictures_are_what_the_clip_is_drawn_from(sandbox, own, pictures, monkeypatch, tmp_path):
    fetched = []
    drawn = []

    def fetch(url: str, into: Path) -> Path:
        fetched.append(url.rpartition("/")[2])
        return into

    monkeypatch.setattr(film, "render", lambda spec, *_, **__: drawn.append(spec) or _stop())
    wish = {"prompt": "a stormy sea", "negative_prompt": "stormy", "seed": 7, "duration_seconds": 4}
    sandbox.generate(GenerateRequest("seedance_2", quality_mode="480p", **wish, **own))
    render_next(fetch)
    assert fetched == pictures
    (spec,) = drawn
    assert (spec.prompt, spec.take, len(spec.images)) == ("a sea", 7, len(pictures))


def _stop():
    raise film.FilmError("Not drawn in this test.")


def test_what_a_mode_does_not_take_is_refused_at_its_field(sandbox):
    wish = GenerateRequest("seedance_2", prompt="waves", quality_mode="480p", seedance_mode="first_frame")
    for change, field, sentence in (
        ({}, "first_frame_url", "Seedance 2.0 needs “First frame”."),
        (FRAMES, "last_frame_url", "“Last frame” is not used in the mode “First frame”."),
    ):
        with pytest.raises(InvalidRequest) as refused:
            sandbox.generate(wish.but(**change))
        assert (refused.value.field, refused.value.sentence) == (field, sentence)
