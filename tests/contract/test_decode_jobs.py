from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.contract.answers import Refund
from studio.contract.decode import decode_history, decode_status
from studio.contract.errors import Unavailable
from studio.contract.spelling.keys import plain
from tests.contract.strategies import GARBAGE, JSON, RANDOMS, enveloped

DOCUMENTED = {
    "job_id": "8990f846",
    "model_slug": "kling_3_0",
    "mode": "text_to_video",
    "status": "completed",
    "result_urls": ["https://media.example.com/job-8990f846.mp4"],
    "credits_charged": 100,
    "provider_meta": {"effective_duration_seconds": 5, "quality_mode": "std"},
    "created_at": "2026-02-20T12:40:01.123456+00:00",
    "completed_at": "2026-02-20T12:41:22.948211+00:00",
}
STATES = {
    "pending": ["pending", "Queued", "waiting", "IN_QUEUE", "submitted", "JOB_STATE_PENDING"],
    "processing": ["processing", "running", "in_progress", "In progress", "GENERATING", "starting", "Active"],
    "completed": [
        *("completed", "succeeded", "succeed", "success", "done", "Complete", "finished", "COMPLETED"),
        *("ready", "JOB_STATE_SUCCEEDED", "task-status: finished".replace(": ", "_")),
    ],
    "failed": [
        *("failed", "fail", "error", "errored", "canceled", "Cancelled", "moderated", "NSFW", "timeout"),
        *("timed_out", "rejected", "aborted", "STATUS_FAILED"),
    ],
}


def job(**row):
    return decode_status({"success": True, "job": {"job_id": "a1", **row}})


def id_of(row):
    return str(row.get("job_id", "")) if isinstance(row, dict) else ""


def test_the_documented_status_decodes_exactly():
    report = decode_status({"success": True, "job": DOCUMENTED})
    assert report.job_id == "8990f846"
    assert (report.state, report.state_word) == ("completed", "")
    assert report.model_slug == "kling_3_0"
    assert report.result_urls == ("https://media.example.com/job-8990f846.mp4",)
    assert report.credits_charged == 100
    assert report.credits_refunded is None
    assert (report.duration_seconds, report.quality_mode) == (5, "std")
    assert report.created_at == datetime(2026, 2, 20, 12, 40, 1, 123456, UTC)
    assert report.completed_at == datetime(2026, 2, 20, 12, 41, 22, 948211, UTC)
    assert report.raw == DOCUMENTED


@pytest.mark.parametrize(
    "envelope",
    [
        DOCUMENTED,
        {"data": DOCUMENTED},
        {"success": True, "status": "success", "data": {"job": DOCUMENTED}},
        {"Job": DOCUMENTED},
    ],
)
def test_a_job_is_found_in_any_envelope(envelope):
    assert decode_status(envelope).job_id == "8990f846"


@pytest.mark.parametrize(
    "payload", [None, [], "ok", {}, {"job": None}, {"job": {"prompt": "x"}}, {"status": "done"}]
)
def test_an_answer_that_is_no_job_is_unavailable(payload):
    with pytest.raises(Unavailable):
        decode_status(payload)


def test_an_answer_that_names_no_id_is_about_the_job_asked_for():
    assert decode_status({"status": "running"}, requested_id="a1").job_id == "a1"


def test_a_status_that_says_it_failed_is_unavailable_in_its_own_words():
    with pytest.raises(Unavailable, match="Try later"):
        decode_status({"success": False, "error": "Try later", "job": DOCUMENTED})


@pytest.mark.parametrize(
    ("state", "word"), [(state, word) for state, words in STATES.items() for word in words]
)
def test_words_that_clearly_mean_a_state_are_that_state(state, word):
    assert (job(status=word).state, job(state=word).state_word) == (state, "")


JOINTS = st.sampled_from(["", " ", "_", "-"])


@given(st.sampled_from(sorted(STATES)), st.data(), RANDOMS, JOINTS)
def test_a_word_is_its_state_in_any_case_with_any_joints_behind_any_prefix(state, data, rng, joint):
    word = data.draw(st.sampled_from(STATES[state])).replace("_", " ")
    prefix = data.draw(st.sampled_from(["", "job", "task", "JOB STATE", "task status", "generation"]))
    spelled = f"{prefix} {word}".strip().replace(" ", joint)
    spelled = "".join(rng.choice([letter.upper(), letter.lower()]) for letter in spelled)
    assert job(status=spelled).state == state
    assert job(status={"code": spelled}).state == state


@given(st.text(min_size=1, max_size=12))
def test_a_word_that_is_not_listed_never_ends_anything(word):
    known = {plain(known) for words in STATES.values() for known in words}
    report = job(status=f"x{word}x")
    assert report.state is None or plain(f"x{word}x") in known


@pytest.mark.parametrize("word", ["expired", "moderating", "almost done", "not failed", "7", "upscaling"])
def test_any_other_word_leaves_the_state_open_and_is_kept(word):
    report = job(status=word)
    assert (report.state, report.state_word) == (None, word)


@pytest.mark.parametrize(
    "results",
    [
        {"result_urls": ["https://a.example/1.mp4"]},
        {"result_url": "https://a.example/1.mp4"},
        {"video_url": "https://a.example/1.mp4", "result_urls": []},
        {"output": [{"url": "https://a.example/1.mp4"}]},
        {"output": {"video_url": "https://a.example/1.mp4"}},
        {"urls": ["https://a.example/1.mp4", "https://a.example/1.mp4", "ftp://a.example/1.mp4"]},
    ],
)
def test_result_addresses_in_their_spellings(results):
    assert job(status="done", **results).result_urls == ("https://a.example/1.mp4",)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "//evil.example/x", "file:///etc/passwd", "x.mp4", "https://", "/a\nb", "/\\x"],
)
def test_addresses_that_are_neither_http_nor_a_path_are_dropped(address):
    assert job(status="done", result_urls=[address, "/media/clip.mp4"]).result_urls == ("/media/clip.mp4",)


@pytest.mark.parametrize(
    "spelled",
    [
        "2026-02-20T12:40:00+00:00",
        "2026-02-20T12:40:00Z",
        "2026-02-20T14:40:00+02:00",
        "2026-02-20T12:40:00",
        "2026-02-20 12:40:00 UTC",
        1771591200,
        1771591200.0,
        "1771591200",
        1771591200000,
        1771591200000000,
    ],
)
def test_moments_are_utc_whatever_their_spelling(spelled):
    assert job(created=spelled).created_at == datetime(2026, 2, 20, 12, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    "spelled", ["yesterday", "", True, -5, 1e300, float("nan"), "0001-01-01T00:00:00+14:00", {}]
)
def test_moments_that_cannot_be_read_are_unknown(spelled):
    assert job(created_at=spelled, status="done").created_at is None


def test_a_failure_carries_its_reason_charge_and_refund():
    report = job(state="errored", message="Blocked by moderation", cost="12.5", credits_refunded="yes")
    assert report.error_message == "Blocked by moderation"
    assert (report.credits_charged, report.credits_refunded) == (13, Refund.WHOLE)
    assert report.is_rounded


@pytest.mark.parametrize(
    ("said", "refund"),
    [
        (25, 25),
        ("25", 25),
        ("12.5 credits", 13),
        ({"credits": 40}, 40),
        ({"amount": "40"}, 40),
        (0, 0),
        (False, 0),
        ("no", 0),
        (True, Refund.WHOLE),
        ("yes", Refund.WHOLE),
        (None, None),
        (-25, None),
        ("perhaps", None),
    ],
)
def test_a_refund_is_the_amount_that_is_stated(said, refund):
    assert job(status="failed", credits_charged=100, credits_refunded=said).credits_refunded == refund


def test_a_word_that_says_more_than_failed_is_the_reason_where_no_other_is_given():
    assert job(status="Moderated").error_message == "The studio says “Moderated”."
    assert job(status="moderated", reason="A face was found.").error_message == "A face was found."
    assert job(status="failed").error_message == ""


FILE = "https://a.example/1.mp4"


@pytest.mark.parametrize("word", ["expired", "archived", "processing", None])
def test_files_and_the_time_of_completion_prove_that_it_is_done(word):
    assert job(status=word, result_urls=[FILE], completed_at="2026-02-20T12:40:00Z").state == "completed"
    assert job(status=word, result_urls=[FILE]).state != "completed"
    assert job(status=word, result_urls=[], completed_at="2026-02-20T12:40:00Z").state != "completed"


def test_a_failed_job_stays_failed_whatever_files_stand_beside_it():
    assert job(status="failed", result_urls=[FILE], completed_at="2026-02-20T12:40:00Z").state == "failed"


@pytest.mark.parametrize("refund", [True, 25, "100"])
def test_a_refund_ends_a_job_whose_word_nobody_knows(refund):
    report = job(status="expired", credits_refunded=refund)
    assert (report.state, report.error_message) == ("failed", "The studio says “expired”.")
    assert job(status="expired", credits_refunded=0).state is None


def test_success_false_beside_a_failed_job_is_about_the_job():
    answer = {"success": False, "job": {"job_id": "a1", "status": "failed", "error": "No such luck."}}
    assert (decode_status(answer).state, decode_status(answer).error_message) == ("failed", "No such luck.")


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_a_bare_flag_is_a_state_where_no_word_is(end):
    assert job(**{end: True}, uuid="u").state == end
    assert job(**{end: False}, uuid="u").state is None


@pytest.mark.parametrize(
    ("row", "balance"), [({"credits": 12.5}, 7), ({"credits_refunded": 0.5}, 7), ({"credits": 12}, 7.5)]
)
def test_fractions_of_credits_are_noticed(row, balance):
    history = decode_history({"jobs": [{"id": "a", "status": "done", **row}], "credits_remaining": balance})
    assert history.is_rounded
    whole = decode_history({"jobs": [{"id": "a", "status": "done", "credits": 12}], "credits_remaining": 7.0})
    assert not whole.is_rounded


def test_a_message_is_no_error_while_the_job_runs():
    assert job(status="running", message="In the queue").error_message == ""


def test_what_was_asked_is_read_from_the_request_too():
    report = job(status="done", input={"prompt": "a lighthouse", "duration": "8s", "aspect_ratio": "16:9"})
    assert (report.prompt, report.duration_seconds, report.aspect_ratio) == ("a lighthouse", 8, "16:9")


def test_history_is_newest_first_with_its_balance():
    rows = [
        {"id": 1, "status": "done", "created": 1771591200},
        {"id": 2, "status": "done", "created": 1771591300},
    ]
    history = decode_history({"success": True, "jobs": rows, "credits_remaining": 12})
    assert [report.job_id for report in history.jobs] == ["2", "1"]
    assert history.credits_remaining == 12


def test_a_mapping_gives_its_keys_as_ids():
    history = decode_history(
        {"a1": {"status": "done", "provider_meta": {"prompt": "x"}}, "a2": {"status": "failed"}}
    )
    assert {report.job_id for report in history.jobs} == {"a1", "a2"}


def test_unreadable_rows_are_listed_with_their_reasons():
    history = decode_history(
        [{"id": "a1", "status": "done"}, {"status": "done"}, 7, {"id": "a1", "status": "failed"}]
    )
    assert [report.state for report in history.jobs] == ["completed"]
    assert [row.reason for row in history.unreadable] == [
        "This job has no id.",
        "This is not a job: “7”.",
        "This job is listed twice; the first row is used.",
    ]


def test_an_empty_history_is_empty_and_a_missing_one_unavailable():
    assert decode_history({"jobs": []}).jobs == ()
    with pytest.raises(Unavailable):
        decode_history({"success": True})


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "job_id": st.integers(1, 10**6).map("job-{}".format),
            "status": st.sampled_from(["queued", "done", "odd"]),
        },
        optional={
            "created_at": st.integers(10**9, 2 * 10**9),
            "prompt": st.text(max_size=9),
            "credits": JSON,
        },
    ),
    min_size=1,
    max_size=4,
    unique_by=id_of,
)


@given(ROWS, st.lists(GARBAGE, max_size=4), RANDOMS)
def test_garbage_among_good_rows_hides_and_changes_none(good, junk, rng):
    mixed = good + junk
    rng.shuffle(mixed)
    history = decode_history(enveloped(mixed, ["jobs", "history", "data", "results", "anything"], id_of, rng))
    assert all(decode_status(row) in history.jobs for row in good)
    assert len(history.jobs) + len(history.unreadable) == len(mixed)


@given(GARBAGE)
def test_garbage_is_never_more_than_unavailable(payload):
    for decode in (decode_history, decode_status):
        try:
            answer = decode(payload)
        except Unavailable as unavailable:
            answer = unavailable.sentence
        assert answer


@pytest.mark.parametrize("absurd", [-5, "-3", 10**40, 10**12])
def test_a_charge_that_cannot_be_one_is_not_known(absurd):
    assert decode_status({**DOCUMENTED, "credits_charged": absurd}).credits_charged is None


def test_a_figure_beyond_32_bits_is_a_figure():
    assert decode_status({**DOCUMENTED, "credits_charged": 3_000_000_000}).credits_charged == 3_000_000_000


@pytest.mark.parametrize("absurd", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_moment_that_some_calendar_lacks_is_not_known(absurd):
    assert decode_status({**DOCUMENTED, "created_at": absurd}).created_at is None
