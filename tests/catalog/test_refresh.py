"""The mirror of the upstream's models."""

import pytest
from django.utils import timezone

from studio.catalog.connections import ask_refresh, default_connection
from studio.catalog.models import Connection, ModelChange, StudioModel
from studio.catalog.refresh import LOST, claim, mirror
from studio.contract.decode import decode_models
from tests.factories import VEO

pytestmark = pytest.mark.django_db


def read(*records) -> dict[str, StudioModel]:
    connection = default_connection()
    mirror(connection, decode_models({"models": list(records)}))
    return {row.slug: row for row in StudioModel.objects.all()}


def changes() -> list[tuple[str, str, str]]:
    return list(ModelChange.objects.order_by("pk").values_list("what", "before", "after"))


def test_a_record_is_kept_verbatim_and_decoded_on_demand():
    model = read({**VEO, "secret_sauce": 7})["veo31_fast"]
    assert model.record["secret_sauce"] == 7
    assert model.capability.durations == (8,)


def test_reading_the_same_again_changes_nothing():
    before = read(VEO)["veo31_fast"]
    after = read(VEO)["veo31_fast"]
    assert before.changed_at == after.changed_at
    assert changes() == []


def test_a_new_price_is_recorded_in_words():
    read(VEO)
    read({**VEO, "credits": {"base": 120}})
    assert changes() == [("price", "100 credits", "120 credits")]


def test_an_option_that_came_or_went_is_recorded():
    read(VEO)
    read({**VEO, "aspect_ratios": ["16:9"]})
    assert changes() == [("aspect ratios", "16:9, 9:16, Auto", "16:9")]


def test_a_model_that_vanished_is_retired_and_may_come_back():
    other = {**VEO, "model_slug": "other"}
    read(VEO, other)
    gone = read(other)["veo31_fast"]
    assert not gone.is_offered
    back = read(VEO, other)["veo31_fast"]
    assert back.is_offered
    assert [change[2] for change in changes()] == ["withdrawn by the studio", "offered again"]


def test_an_empty_answer_retires_nothing():
    read(VEO)
    connection = default_connection()
    mirror(connection, decode_models({"models": []}))
    connection.refresh_from_db()
    assert StudioModel.objects.offered().count() == 1
    assert "no models" in connection.models_error


def test_a_record_that_cannot_be_read_is_listed_with_its_reason():
    rows = read(VEO, 42)
    assert rows["veo31_fast"].is_offered
    (bad,) = StudioModel.objects.not_understood()
    assert bad.unreadable_reason
    with pytest.raises(LookupError):
        _ = bad.capability


def test_a_mapping_keeps_its_slugs():
    connection = default_connection()
    record = {key: value for key, value in VEO.items() if key != "model_slug"}
    mirror(connection, decode_models({"models": {"veo31_fast": record}}))
    assert StudioModel.objects.get().capability.slug == "veo31_fast"


def test_of_two_workers_one_reads_the_models_and_the_next_reading_waits():
    ours = default_connection()
    theirs = default_connection()
    assert [claim(ours), claim(theirs)] == [True, False]
    assert not claim(default_connection())


def test_a_reading_whose_worker_died_is_taken_up_by_another_within_a_minute():
    claim(default_connection())
    Connection.objects.update(models_tried_at=timezone.now() - LOST)
    assert claim(default_connection())


def test_models_that_were_just_read_are_left_alone_until_somebody_asks():
    read(VEO)
    assert not claim(default_connection())
    ask_refresh(default_connection())
    assert claim(default_connection())


def test_a_record_that_no_database_keeps_as_it_is_hides_no_other():
    deep: object = "the end"
    for _ in range(1_200):
        deep = [deep]
    found = read({**VEO, "model_slug": "deep", "extra": deep}, VEO)
    assert all(model.is_offered for model in found.values())
    assert "…" in str(found["deep"].record["extra"])
