"""The reference page: that it shows all of the document, and that what it tells to type works."""

import re
import shlex
from html import unescape
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.reference.kinds import kind_of
from dashboard.reference.prose import chapters, inline, prose
from dashboard.reference.reading import Reference
from studio.gateway.openapi.document import document
from studio.team.models import Member
from tests.factories import a_member, a_model, a_token
from tests.must import must

PAGE = "/api/"
ANCHOR = re.compile(r'\bid="([^"]+)"')
LINK = re.compile(r'href="#([^"]+)"')


@pytest.fixture
def page(db: None) -> str:
    viewer = Client()
    viewer.force_login(a_member("viewer@example.com", role=Member.Role.VIEWER))
    return viewer.get(PAGE).text


def test_every_link_within_the_page_leads_somewhere(page: str) -> None:
    anchors = ANCHOR.findall(page)
    assert len(anchors) == len(set(anchors))
    assert set(LINK.findall(page)) <= set(anchors)


def test_every_call_field_and_refusal_of_the_document_is_shown(page: str) -> None:
    words = unescape(re.sub("<[^>]+>", "", page))
    plain = re.compile("[`*]")
    told = document("http://testserver")
    for path, operations in told["paths"].items():
        assert path in words
        for operation in operations.values():
            assert operation["summary"] in words
    for schema in told["components"]["schemas"].values():
        for name, part in schema.get("properties", {}).items():
            assert name in words
            assert plain.sub("", part.get("description", "")) in words
    for response in told["components"]["responses"].values():
        for sentence in response["description"].split("\n\n"):
            assert plain.sub("", sentence) in words


def test_the_page_has_no_style_and_no_script_within(page: str) -> None:
    """The content security policy would not let it."""
    assert " style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)


def test_what_one_is_told_to_type_makes_a_clip(page: str, settings) -> None:
    settings.API_PATIENCE = 0.0
    a_model()
    _, token = a_token()
    job_id = typed(page, "begin-ask", token)["job_ids"][0]
    assert typed(page.replace("JOB_ID", job_id), "begin-follow", token)["job"]["status"] == "pending"


def typed(page: str, block: str, token: str) -> dict:
    """The answer to the curl command in that block."""
    command = unescape(must(re.search(rf'<code id="{block}">(.*?)</code>', page, re.DOTALL))[1])
    curl, address, *options = shlex.split(command.replace("\\\n", " ").replace("$DAILIES_TOKEN", token))
    assert curl == "curl"
    said = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(header.split(": ", 1) for flag, header in said if flag == "-H")
    body = next((value for flag, value in said if flag == "-d"), None)
    kind = headers.pop("Content-Type", "application/json")
    path, client = urlsplit(address).path, Client()
    answer = client.post(path, body, kind, headers=headers) if body else client.get(path, headers=headers)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_contents_lead_to_every_call_and_to_the_document(page: str) -> None:
    contents = page[page.index('aria-label="On this page"') : page.index("<article")]
    today = [call.anchor for _, calls in Reference(document("x")).of_today for call in calls]
    assert set(today) <= set(LINK.findall(contents))
    assert reverse("gateway:openapi") in contents


def test_what_is_of_old_is_marked(page: str) -> None:
    old = page[page.index('id="legacy"') :]
    assert "Deprecated" in old
    assert {"call-legacyGenerateClip", "call-legacyGetJob"} <= set(ANCHOR.findall(old))


def test_prose_is_escaped_and_marked_up() -> None:
    assert inline("a `<b>` & *much* more") == "a <code>&lt;b&gt;</code> &amp; <em>much</em> more"
    assert prose("One\nline.\n\n- a\n- b\n  c\n\n```\nx = 1\n\ny\n```") == (
        '<p>One\nline.</p><ul><li>a\n</li><li>b\n  c</li></ul><pre tabindex="0"><code>x = 1\n\ny</code></pre>'
    )


def test_chapters_are_parted_at_headings() -> None:
    assert chapters("About.\n\n## One\n\nText.\n\n## Two\n\nMore.") == [
        ("", "About."),
        ("One", "Text."),
        ("Two", "More."),
    ]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1}, "integer, at least 1"),
        ({"type": ["integer", "null"]}, "integer or null"),
        ({"type": "string", "format": "date-time"}, "time, ISO 8601"),
        ({"type": "array", "items": {"type": "string"}}, "array of strings"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Job"}}, "array of Job"),
        ({"const": True}, "true"),
        ({"anyOf": [{"type": "number"}, {"type": "object"}]}, "number or object"),
    ],
)
def test_a_kind_is_told_in_words(schema: dict, words: str) -> None:
    assert kind_of(schema, with_null=True)[0] == words
