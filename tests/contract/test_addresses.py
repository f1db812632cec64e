"""Addresses: which are followed, how those in a studio's answer are resolved, and where in an input they are found."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.contract.addresses import absolute, addresses, is_own_path, is_web_address, without_query

ORIGIN = "https://studio.example.com"
URL = "https://media.example.com/a.mp4"


@pytest.mark.parametrize("address", [URL, "http://a.example", "HTTPS://A.example:8443/x", "http://[::1]:80/"])
def test_an_absolute_http_address_with_a_host_is_one(address: str) -> None:
    assert is_web_address(address)


@pytest.mark.parametrize(
    "address",
    [
        *("", "clip.mp4", "/media/a.mp4", "//a.example/x", "ftp://a.example/x", "javascript:alert(1)"),
        *("https://", "https:///a.mp4", "https://a.example:0/", "https://a.example:99999/"),
        *(
            "https://a.example:port/",
            "https://[::1",
            "https://a b.example/",
            "https://a.example/\n",
            "http://a/\0",
        ),
    ],
)
def test_anything_else_is_none(address: str) -> None:
    assert not is_web_address(address)


@pytest.mark.parametrize(
    ("path", "is_own"),
    [
        *(("/media/a.mp4", True), ("/", True), ("//other.example/a.mp4", False), ("/\\other.example", False)),
        *(("media/a.mp4", False), ("/a b", False), ("/a\\b", False), ("/a\0", False), ("", False)),
    ],
)
def test_a_path_is_ours_only_if_no_browser_reads_a_host_in_it(path: str, is_own: bool) -> None:
    assert is_own_path(path) is is_own


@pytest.mark.parametrize(
    ("address", "resolved"),
    [
        (URL, URL),
        (f"  {URL}  ", URL),
        ("/media/a.mp4", f"{ORIGIN}/media/a.mp4"),
        ("media/a.mp4", f"{ORIGIN}/media/a.mp4"),
        ("//cdn.example.com/a.mp4", "https://cdn.example.com/a.mp4"),
        ("/a b.mp4", f"{ORIGIN}/a%20b.mp4"),
        ("/é.mp4", f"{ORIGIN}/%C3%A9.mp4"),
        ("/a%20b.mp4?sig=%2Fx&y=1%", f"{ORIGIN}/a%20b.mp4?sig=%2Fx&y=1%25"),
    ],
)
def test_an_address_in_an_answer_is_resolved_against_the_studio(address: str, resolved: str) -> None:
    assert absolute(address, ORIGIN) == resolved


@pytest.mark.parametrize(
    "address",
    [
        "",
        "  ",
        "ftp://a.example/x",
        "javascript:alert(1)",
        "data:x",
        "\\\\host\\a",
        "https://a.example/a\\b",
        "//[x/",
    ],
)
def test_what_leads_nowhere_is_no_address(address: str) -> None:
    assert absolute(address, ORIGIN) == ""


def test_without_an_origin_only_a_path_of_our_own_stays() -> None:
    assert absolute("/media/a.mp4", "") == "/media/a.mp4"
    assert absolute("//cdn.example.com/a.mp4", "") == ""
    assert absolute("media/a.mp4", "") == ""
    assert absolute(URL, "") == URL


@given(st.text(max_size=40), st.sampled_from([ORIGIN, ""]))
def test_whatever_a_studio_answers_only_http_or_a_path_of_ours_comes_out(text: str, origin: str) -> None:
    found = absolute(text, origin)
    assert found == "" or is_web_address(found) or (not origin and is_own_path(found))


@pytest.mark.parametrize("end", ["", "?X-Amz-Signature=1", "#t=3", "?a=1#t=3", "#t=3?a=1"])
def test_a_newly_signed_address_is_the_same_without_its_query(end: str) -> None:
    assert without_query(URL + end) == URL


@pytest.mark.parametrize(
    "value",
    [
        *(URL, f" {URL} ", [URL], [URL, URL], {"url": URL}, {"src": URL}, {"Video_URL": URL}),
        *([{"href": URL}], {"urls": [URL]}, (URL,)),
    ],
)
def test_an_input_is_found_in_any_shape(value: Any) -> None:
    assert addresses(value) == (URL,)


@pytest.mark.parametrize(
    "value",
    [
        *(None, 7, True, "", "clip.mp4", "ftp://a.example/x", "//a.example/x", {}, [], {"name": URL}),
        *([[[URL]]], {"url": {"url": {"url": URL}}}),
    ],
)
def test_what_is_no_address_or_lies_too_deep_is_dropped(value: Any) -> None:
    assert addresses(value) == ()


def test_several_inputs_keep_their_order_and_a_path_of_ours_is_one() -> None:
    assert addresses(["/media/b.png", URL, "nonsense", "/media/b.png"]) == ("/media/b.png", URL)
