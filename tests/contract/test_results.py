"""Result addresses, wherever a job's record keeps them; and what is none of them."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.contract.addresses import absolute, is_web_address
from studio.contract.decode import decode_history, decode_status
from studio.contract.decode.results import results_in
from tests.contract.strategies import JSON

ORIGIN = "https://studio.example"
A, B, THUMB = "https://cdn.example/a.mp4", "https://cdn.example/b.mp4", "https://cdn.example/a.jpg"
SIGNED = "https://cdn.example/get?id=7&sig=a%2Fb+c==&e=é"


def urls(record):
    return results_in(record, ORIGIN).urls


@pytest.mark.parametrize(
    "record",
    [
        {"video": {"url": A}},
        {"files": [{"url": A}]},
        {"assets": {"final": {"href": A}}},
        {"output": A},
        {"output": {"video": A}},
        {"outputs": [{"download_url": A}]},
        {"downloadUrl": A},
        {"media": [{"type": "video", "src": A}]},
        {"result": {"files": [{"file_url": A, "content_type": "video/mp4"}]}},
        {"data": {"task": {"works": [{"resource": {"resource": A}}]}}},
        {"resultJson": '{"resultUrls": ["https://cdn.example/a.mp4"]}'},
        {"my_own_name_for_it": A},
        {"links": {"film": A, "self": "https://studio.example/jobs/7"}},
    ],
)
def test_an_address_is_found_anywhere_in_the_record(record):
    assert urls(record) == (A,)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("/files/a.mp4", "https://studio.example/files/a.mp4"),
        ("//cdn.example/a.mp4", "https://cdn.example/a.mp4"),
        ("files/a.mp4", "https://studio.example/files/a.mp4"),
        ("/media/clips/a.mp4", "https://studio.example/media/clips/a.mp4"),
        ("https://cdn.example/my clip é.mp4", "https://cdn.example/my%20clip%20%C3%A9.mp4"),
        ("https://cdn.example/100%.mp4", "https://cdn.example/100%25.mp4"),
        (
            "https://cdn.example/a%20b.mp4?X-Sig=a%2Fb%3D&n=1+2",
            "https://cdn.example/a%20b.mp4?X-Sig=a%2Fb%3D&n=1+2",
        ),
    ],
)
def test_an_address_is_what_the_studio_meant(given, meant):
    assert urls({"result_urls": [given]}) == (meant,)


@pytest.mark.parametrize(
    "record",
    [
        {"input": {"video": A}},
        {"input_video_urls": [A]},
        {"source_video_url": A},
        {"reference_video_urls": [A]},
        {"first_frame_url": THUMB},
        {"image_url": THUMB},
        {"request": {"body": {"url": A}}},
        {"webhook_url": "https://me.example/hook"},
        {"status_url": "https://studio.example/status.mp4"},
        {"output": {"input": {"video": A}}},
        {"result_urls": ["javascript:alert(1)", "data:video/mp4;base64,AAAA", "ftp://a.example/a.mp4"]},
        {"status": "done", "mode": "text_to_video", "prompt": A},
        {"thumbnail_url": THUMB},
    ],
)
def test_what_was_sent_and_what_leads_elsewhere_is_no_result(record):
    assert urls(record) == ()


def test_an_input_that_is_given_again_among_the_results_is_none():
    assert urls({"outputs": [A, B], "input": {"video_url": A}}) == (B,)


@pytest.mark.parametrize(
    "record",
    [
        {"outputs": [THUMB, A]},
        {"outputs": [{"url": "https://cdn.example/t?id=1", "type": "thumbnail"}, {"url": A}]},
        {"output": {"poster": "https://cdn.example/t", "video": A}},
        {"result_urls": [A], "thumbnail_url": THUMB},
        {"result_urls": [A], "video": {"url": f"{A}?download=1"}},
    ],
)
def test_thumbnails_and_what_other_keys_give_again_are_extras(record):
    found = results_in(record, ORIGIN)
    assert found.urls == (A,)
    assert len(found.extras) == 1


def test_videos_come_first_and_keep_their_order():
    mixed = ["https://cdn.example/sound.mp3", A, "https://cdn.example/x?id=1", B]
    assert urls({"outputs": mixed}) == (A, B, "https://cdn.example/x?id=1", "https://cdn.example/sound.mp3")


def test_pictures_are_results_where_nothing_else_is():
    assert urls({"outputs": [THUMB]}) == (THUMB,)


def test_what_may_be_anything_is_kept_for_a_person_to_choose_from():
    found = results_in(
        {"share": "https://studio.example/s/7", "clip_at": "https://cdn.example/get?id=7"}, ORIGIN
    )
    assert (found.urls, found.others) == ((), ("https://cdn.example/get?id=7",))


def test_both_answers_resolve_against_the_studio():
    row = {"job_id": "a1", "status": "COMPLETED", "video": {"url": "/files/a.mp4"}}
    told = decode_status(row, origin=ORIGIN), *decode_history({"jobs": [row]}, origin=ORIGIN).jobs
    assert {report.result_urls for report in told} == {("https://studio.example/files/a.mp4",)}


def test_an_address_beside_the_job_s_own_record_is_its():
    assert decode_status({"job": {"job_id": "a", "status": "done"}, "result_urls": [A]}).result_urls == (A,)


KEYS = st.sampled_from(["video", "files", "output", "result", "assets", "anything", "x", "data"])
NESTED = st.recursive(
    st.just(A),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=2) | st.dictionaries(KEYS, inner, min_size=1, max_size=2)
    ),
    max_leaves=4,
)


@given(st.dictionaries(KEYS, NESTED, min_size=1, max_size=3))
def test_however_it_is_nested_a_film_is_found_once(record):
    found = results_in(record, ORIGIN)
    assert (found.urls, found.extras, found.others) == ((A,), (), ())


@given(st.dictionaries(st.text(max_size=9), JSON, max_size=5), st.sampled_from(["", ORIGIN]))
def test_whatever_a_record_holds_only_addresses_come_out(record, origin):
    found = results_in(record, origin)
    for url in (*found.urls, *found.extras, *found.others):
        assert is_web_address(url) or (not origin and url.startswith("/"))


@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\#?%"), min_size=1, max_size=20
    )
)
def test_a_path_is_encoded_and_says_the_same(path):
    address = absolute(f"https://cdn.example/x{path}", ORIGIN)
    assert address.isascii()
    assert unquote(urlsplit(address).path) == f"/x{path}".rstrip()


def test_an_encoded_address_stays_as_it_is():
    once = absolute(SIGNED, ORIGIN)
    assert once == absolute(once, ORIGIN) == SIGNED.replace("é", "%C3%A9")
