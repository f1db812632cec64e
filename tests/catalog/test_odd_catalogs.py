"""Catalogs as studios really send them, over a real socket into the real database: nothing odd hides the rest."""

import json
import logging
from typing import Any

import pytest
from django.db import DataError, OperationalError
from django.test import Client

from studio.catalog import refresh
from studio.catalog.connections import default_connection
from studio.catalog.models import Connection, ModelChange, StudioModel
from studio.contract.capability import Capability, Models, Unreadable
from studio.contract.spelling.border import MOST_OPTIONS
from tests.dashboard.reading import text_of
from tests.factories import VEO
from tests.upstream.paged import INCOMPLETE, PAGERS
from tests.upstream.server import FakeStudio

pytestmark = pytest.mark.django_db
LIST = "/models/"
FINE = {**VEO, "model_slug": "fine", "name": "Fine"}


@pytest.fixture
def connection(settings, video_studio: FakeStudio) -> Connection:
    """The default one, at the fake studio."""
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = video_studio.url, video_studio.key
    return default_connection()


@pytest.fixture
def answers(video_studio: FakeStudio, connection: Connection):
    """``answers(payload)`` lets the studio give this catalog (bytes are sent as they are), and reads it."""

    def read(payload: Any) -> dict[str, StudioModel]:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        video_studio.models_body = body
        refresh.refresh(connection)
        connection.refresh_from_db()
        return {row.slug: row for row in StudioModel.objects.all()}

    return read


def offered() -> list[str]:
    return list(StudioModel.objects.offered().values_list("slug", flat=True))


def written(**fields: str) -> bytes:
    """Two records; the first has fields written in JSON as they stand here."""
    odd = {**VEO, "model_slug": "odd", "name": "Odd", **dict.fromkeys(fields, "<here>")}
    text = json.dumps({"models": [odd, FINE]})
    for value in fields.values():
        text = text.replace('"<here>"', value, 1)
    return text.encode()


# ── One odd record ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "value",
    [
        '"a\\u0000b"',
        '"\\ud800"',
        "NaN",
        "Infinity",
        "1e400",
        "9" * 5_000,
        "[" * 100_000 + "]" * 100_000,
        '{"\\u0000": {"\\ud800": "\\u0000"}}',
    ],
)
def test_a_record_with_an_odd_value_is_taken_with_a_note(answers, as_member: Client, value: str):
    rows = answers(written(x_notes=value))
    assert offered() == ["odd", "fine"]
    assert rows["odd"].capability.durations == (8,)
    assert len(rows["odd"].notes) == 1
    assert rows["fine"].notes == []
    page = text_of(as_member.get(f"/models/{rows['odd'].pk}/"))
    assert rows["odd"].notes[0] in page


@pytest.mark.parametrize(
    "slug", ['"' + "s" * 500 + '"', '"veo\\u0000"', '"\\ud83d"', "[1]", '"' + "s" * 60_000 + '"']
)
def test_a_record_whose_slug_cannot_be_stored_is_listed_as_unreadable(answers, as_member: Client, slug: str):
    rows = answers(written(model_slug=slug))
    (bad,) = StudioModel.objects.not_understood()
    assert bad.unreadable_reason
    assert offered() == ["fine"]
    assert len(rows) == 2
    page = text_of(as_member.get(LIST))
    assert "Unreadable 1" in page
    assert bad.unreadable_reason in page
    assert as_member.get(f"/models/{bad.pk}/").status_code == 200


def test_two_slugs_that_are_too_long_and_begin_alike_are_both_listed(answers):
    answers({"models": [FINE, {"slug": "s" * 500 + "a"}, {"slug": "s" * 500 + "b"}]})
    assert StudioModel.objects.not_understood().count() == 2


def test_odd_names_of_every_column_are_stored(answers):
    odd = '"' + "\\u0000\\ud800" * 3 + "n" * 50_000 + '"'
    rows = answers(written(name=odd, description=odd, engine=odd, aspect_ratios=f"[{odd}]", credits=odd))
    assert len(rows["odd"].name) == 100
    assert rows["odd"].capability.engine


def test_the_same_odd_catalog_read_twice_changes_nothing(answers):
    before = answers(written(x_notes="1e400"))["odd"]
    after = answers(written(x_notes="1e400"))["odd"]
    assert after.changed_at == before.changed_at
    assert not ModelChange.objects.exists()


def test_fifty_thousand_options_are_bounded_and_the_pages_say_so(answers, as_member: Client):
    many = [{"value": f"v{number}", "label": f"Choice {number}"} for number in range(50_000)]
    rows = answers({"models": [{**VEO, "quality_modes": many}, FINE]})
    assert len(rows["veo31_fast"].capability.quality_modes) == MOST_OPTIONS
    assert len(json.dumps(rows["veo31_fast"].record)) < 50_000
    assert "49,800 options were left out" in text_of(as_member.get(f"/models/{rows['veo31_fast'].pk}/"))
    assert len(as_member.get(LIST).content) < 100_000
    assert len(as_member.get("/").content) < 1_000_000


def test_a_mapping_by_slug_with_numbers_as_ids_keeps_its_slugs(answers):
    record = {name: said for name, said in VEO.items() if name != "model_slug"}
    rows = answers({"models": {"veo31_fast": {"id": 17, **record}, "fine": {"id": 18, **record}}})
    assert offered() == ["veo31_fast", "fine"]
    assert rows["veo31_fast"].capability.slug == "veo31_fast"
    assert "model_slug" not in rows["veo31_fast"].record  # as it came


def test_two_models_with_the_very_same_record_stay_two(answers):
    record = {name: said for name, said in VEO.items() if name != "model_slug"}
    rows = answers({"models": {"one": record, "two": record}})
    assert [rows[slug].capability.slug for slug in ("one", "two")] == ["one", "two"]


# ── A record that the database refuses ──────────────────────────────────────────────────────────────────
def test_a_record_that_still_cannot_be_stored_is_listed_and_the_others_are_taken(db: None):
    connection = default_connection()
    bad = Capability(slug="bad", name="Bad", raw={"text": "\0", "figure": float("nan"), "half": "\ud800"})
    worse = Capability(slug="worse", name="Worse", raw={"no": object()})
    fine = Capability(slug="fine", name="Fine", raw={"slug": "fine"})
    refresh.mirror(
        connection, Models((bad, worse, fine), (Unreadable("x" * 300, "A\0reason", float("inf")),))
    )
    connection.refresh_from_db()
    assert connection.models_error == ""
    assert "fine" in offered()
    assert "worse" in set(StudioModel.objects.not_understood().values_list("slug", flat=True))
    assert StudioModel.objects.count() == 4


def test_a_known_model_that_cannot_be_stored_any_more_is_listed_too(answers, connection: Connection):
    answers({"models": [VEO, FINE]})
    odd = Capability(slug="veo31_fast", name="Veo", raw={"no": object()})
    fine = Capability(slug="fine", name="Fine", raw=FINE)
    refresh.mirror(connection, Models((odd, fine)))
    assert offered() == ["fine"]
    assert list(StudioModel.objects.not_understood().values_list("slug", flat=True)) == ["veo31_fast"]


# ── Never silently ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("where", ["_listings", "_retire", "note_answer"])
def test_a_fault_of_ours_is_shown_on_the_connection(
    answers, as_admin: Client, monkeypatch: pytest.MonkeyPatch, caplog, where: str
):
    answers({"models": [VEO, FINE]})

    def fail(*args: Any) -> None:
        raise DataError("a column is too short")

    caplog.set_level(logging.CRITICAL, "studio.catalog.refresh")
    monkeypatch.setattr(refresh, where, fail)
    if where == "note_answer":
        monkeypatch.setattr(refresh, "engine_for", fail)
    answers({"models": [VEO]})
    connection = Connection.objects.get(is_default=True)
    assert "See the log." in connection.models_error
    assert offered() == ["veo31_fast", "fine"]
    assert connection.models_error in text_of(as_admin.get("/connections/"))
    assert connection.models_error in text_of(as_admin.get(LIST))


def test_a_database_that_is_busy_is_shown_and_tried_again(
    answers, connection: Connection, monkeypatch: pytest.MonkeyPatch, caplog
):
    def fail(*args: Any) -> None:
        raise OperationalError("database is locked")

    caplog.set_level(logging.CRITICAL, "studio.catalog.refresh")
    monkeypatch.setattr(refresh, "mirror", fail)
    with pytest.raises(OperationalError):
        answers({"models": [VEO]})
    connection.refresh_from_db()
    assert "could not be stored" in connection.models_error


# ── Nothing is withdrawn by half a catalog ──────────────────────────────────────────────────────────────
@pytest.mark.parametrize("style", INCOMPLETE)
def test_a_catalog_of_which_not_all_was_read_withdraws_nothing(
    answers, video_studio: FakeStudio, as_admin: Client, style: str
):
    answers({"models": [VEO, FINE]})
    video_studio.models_body, video_studio.pager = None, INCOMPLETE[style]
    refresh.refresh(default_connection())
    assert {"veo31_fast", "fine"} <= set(offered())
    sentence = default_connection().models_incomplete
    assert sentence
    assert f"This list is incomplete. {sentence}" in text_of(as_admin.get(LIST))
    assert f"Incomplete: {sentence}" in text_of(as_admin.get("/connections/"))


def test_a_whole_catalog_in_pages_withdraws_what_is_missing_and_says_nothing(
    answers, video_studio: FakeStudio, as_admin: Client
):
    answers({"models": [FINE], "count": 2})
    assert default_connection().models_incomplete
    video_studio.models_body, video_studio.pager = None, PAGERS["relative"]
    refresh.refresh(default_connection())
    assert offered() == [model["model_slug"] for model in video_studio.account.models]
    assert default_connection().models_incomplete == ""
    assert "incomplete" not in text_of(as_admin.get(LIST))


@pytest.mark.parametrize("payload", [{"models": [1, 2]}, {"models": [{"durations": "soon"}]}, {"models": []}])
def test_a_catalog_of_which_nothing_is_understood_withdraws_nothing(
    answers, connection: Connection, payload: Any
):
    answers({"models": [VEO, FINE]})
    read_at = connection.models_read_at
    answers(payload)
    assert offered() == ["veo31_fast", "fine"]
    assert connection.models_error
    assert connection.models_read_at == read_at


def test_families_and_mappings_are_read_whole(answers):
    families = {"families": [{"name": "V", "models": [VEO]}, {"name": "F", "models": [FINE]}]}
    answers(families)
    assert offered() == ["veo31_fast", "fine"]
    answers({"data": {"models": {"veo31_fast": VEO, "fine": FINE}}})
    assert offered() == ["veo31_fast", "fine"]
    assert not ModelChange.objects.exists()


# ── Switched off ────────────────────────────────────────────────────────────────────────────────────────
def test_a_model_that_the_studio_switched_off_is_listed_and_cannot_be_picked(answers, as_member: Client):
    answers({"models": [VEO, FINE]})
    rows = answers({"models": [{**VEO, "enabled": False}, FINE]})
    assert offered() == ["fine"]
    page = text_of(as_member.get(LIST))
    assert "Unavailable 1" in page
    assert "The studio says that it is not enabled." in page
    detail = text_of(as_member.get(f"/models/{rows['veo31_fast'].pk}/"))
    assert "Currently unavailable. The studio says that it is not enabled." in detail
    assert "Turned off by the studio." in detail
    assert "unavailable" in text_of(as_member.get(f"/models/compare/?model={rows['veo31_fast'].pk}"))
    assert b'value="veo31_fast"' not in as_member.get("/").content
    rows = answers({"models": [VEO, FINE]})
    assert offered() == ["veo31_fast", "fine"]
    assert "Turned on again by the studio." in text_of(as_member.get(f"/models/{rows['veo31_fast'].pk}/"))


def test_a_deprecated_model_can_be_picked_and_is_marked(answers, as_member: Client):
    rows = answers({"models": [{**VEO, "deprecated": True}, FINE]})
    assert offered() == ["veo31_fast", "fine"]
    for address in (LIST, "/"):
        assert text_of(as_member.get(address)).count("deprecated") == 1
    assert "may be withdrawn soon" in text_of(as_member.get(f"/models/{rows['veo31_fast'].pk}/"))
