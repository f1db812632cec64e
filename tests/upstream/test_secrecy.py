"""The API key: it goes to its own origin in one header, and is seen nowhere else."""

import io
import logging
import pickle
import traceback

import pytest

from studio.contract.errors import KeyRefused, StudioError
from studio.contract.request import GenerateRequest
from studio.upstream.client import VideoStudio
from studio.upstream.guard import fetch
from studio.upstream.secret import MASK, Secret
from tests.upstream.faults import FAULTS

REQUEST = GenerateRequest("veo31_fast", prompt="a lighthouse at dawn")


def _everything_said_about(error: BaseException | None) -> str:
    """The traceback with the locals of every frame, causes and contexts even where they are suppressed."""
    told = io.StringIO()
    while error is not None:
        trace = traceback.TracebackException.from_exception(error, capture_locals=True)
        told.write("".join(trace.format()) + repr(error) + str(error) + repr(vars(error)))
        error = error.__cause__ or error.__context__
    return told.getvalue()


# An API may pack its answers, label them oddly, and name a request beside the job.
HARMLESS = {"gzip", "gzip-twice", "deflate", "aws-chunked", "aws-chunked-gzip", "binary", "206-of-all"}
HARMLESS |= {"under-a-request"}


@pytest.mark.parametrize(
    "fault", [*(name for name in FAULTS if name not in HARMLESS), "400", "401", "402", "404", "429:5", "500"]
)
def test_no_error_trace_or_log_line_holds_the_key(client, video_studio, fault, caplog):
    caplog.set_level(logging.DEBUG)
    video_studio.fault(fault)
    with pytest.raises(StudioError) as raised:
        client.generate(REQUEST)
    frames_of_this_test_left_out = raised.value.with_traceback(raised.tb.tb_next)
    assert "lighthouse" in (said := _everything_said_about(frames_of_this_test_left_out))
    assert video_studio.key not in said
    assert video_studio.key not in caplog.text
    assert video_studio.key not in "".join(str(vars(record)) for record in caplog.records)


def test_a_key_that_an_answer_echoes_is_blanked(client, video_studio):
    video_studio.account.models[0]["name"] = f"Key {video_studio.key} is wrong"
    assert client.models().capabilities[0].name == f"Key {MASK} is wrong"


def test_the_client_and_the_secret_show_nothing(client, video_studio):
    secret = Secret(video_studio.key)
    for shown in (repr(client), f"{client}", repr(secret), f"{secret}", str([secret])):
        assert video_studio.key not in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)


UNFIT = ["", "  ", "two words", "line\nbreak-in-key", "ключ-от-студии", "nul\0byte-key"]


@pytest.mark.parametrize("key", UNFIT)
def test_a_key_that_cannot_stand_in_a_header_is_refused_before_anything_is_sent(key):
    with pytest.raises(KeyRefused) as refused:
        VideoStudio("http://127.0.0.1:9", key)
    assert not key.strip() or key not in refused.value.sentence


def test_the_key_goes_to_the_api_and_not_to_its_media_or_a_redirect(client, video_studio, tmp_path):
    client.generate(REQUEST)
    video_studio.account.clock.advance(10)
    (job,) = client.history().jobs
    fetch(
        job.result_urls[0], tmp_path / "clip", max_bytes=9_999, deadline=2, private_hosts=[video_studio.host]
    )
    video_studio.fault("307", on="GET /api/")
    with pytest.raises(StudioError):
        client.history()
    assert {call.auth for call in video_studio.calls(path="/api/")} == {f"Bearer {video_studio.key}"}
    assert {call.auth for call in video_studio.log if not call.path.startswith("/api/")} == {""}
