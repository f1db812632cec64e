"""An admin's parameters of a model: kept next to the record, through every refresh."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from studio.audit.models import Entry
from studio.audit.verify import walk
from studio.catalog import own_parameters
from studio.catalog.connections import default_connection
from studio.catalog.models import ModelChange, StudioModel
from studio.catalog.refresh import mirror
from studio.catalog.register import NotPossible
from studio.contract.capability import Choice, Parameter
from studio.contract.decode import decode_models
from studio.team.models import Member
from tests.factories import VEO, a_model

pytestmark = pytest.mark.django_db

SPARKLE = Parameter("sparkle", "integer", "Sparkle", default=3)
SQUARE = Parameter("aspect_ratio", "choice", "Aspect ratio", (Choice("1:1", "Square"),))


def read(*records: object) -> StudioModel:
    mirror(default_connection(), decode_models({"models": list(records)}))
    return fresh()


def fresh() -> StudioModel:
    return StudioModel.objects.get(slug="veo31_fast")


def told() -> list[str]:
    return list(ModelChange.objects.order_by("pk").values_list("after", flat=True))


def recorded() -> list[tuple[str, str]]:
    walk()
    return [(entry.action, entry.detail["parameter"]) for entry in Entry.objects.order_by("number")]


def names(model: StudioModel) -> list[str]:
    return [one.name for one in model.capability.parameters]


@pytest.mark.parametrize(
    "records",
    [
        [VEO],
        [{**VEO, "credits": {"base": 120}}],
        [{**VEO, "parameters": [{"name": "sparkle", "type": "text"}]}],
        [{**VEO, "model_slug": "other"}],  # retired
        [{**VEO, "inputs": "smoke"}],  # not understood
    ],
)
def test_what_an_admin_said_survives_every_refresh(admin: Member, records: list[object]) -> None:
    model = a_model()
    own_parameters.save(model, SPARKLE, by=admin)
    own_parameters.save(model, SQUARE, by=admin)
    own_parameters.hide(model, "prompt_directory_optin", by=admin)
    expected = fresh().capability.parameters
    read(*records)
    assert read(VEO).capability.parameters == expected
    assert fresh().capability.parameter("sparkle") == Parameter(
        "sparkle", "integer", "Sparkle", default=3, is_ours=True
    )


def test_the_record_stays_as_the_studio_gave_it(admin: Member) -> None:
    model = a_model()
    own_parameters.save(model, SPARKLE, by=admin)
    assert fresh().record == VEO
    assert fresh().published_capability == model.published_capability


def test_every_change_makes_another_revision_and_the_same_again_does_not(admin: Member) -> None:
    model = a_model()
    seen = [model.revision]
    for change in (
        lambda: own_parameters.save(model, SPARKLE, by=admin),
        lambda: own_parameters.hide(model, "aspect_ratio", by=admin),
        lambda: own_parameters.use_published(model, "sparkle", by=admin),
    ):
        change()
        seen.append(fresh().revision)
        change()
        assert fresh().revision == seen[-1]
    assert len(set(seen)) == 4
    own_parameters.use_published(model, "aspect_ratio", by=admin)
    assert fresh().revision == seen[0]
    assert len(recorded()) == 4


def test_a_refresh_reports_only_what_changes_for_members(admin: Member) -> None:
    """What the studio says under a correction, or of what is hidden, changes nothing."""
    model = a_model()
    own_parameters.save(model, SQUARE, by=admin)
    own_parameters.save(model, SPARKLE, by=admin)
    before = told()
    read({**VEO, "aspect_ratios": ["16:9"], "parameters": [{"name": "sparkle", "type": "text"}]})
    assert told() == before
    read({**VEO, "durations": [4, 8]})
    assert told() == [*before, "4 s, 8 s"]


def test_each_change_is_audited_and_listed_for_members(admin: Member) -> None:
    model = a_model()
    own_parameters.save(model, SPARKLE, by=admin)
    own_parameters.save(model, Parameter("sparkle", "text", "Sparkle"), by=admin)
    own_parameters.use_published(model, "sparkle", by=admin)
    own_parameters.save(model, SQUARE, by=admin)
    own_parameters.hide(model, "aspect_ratio", by=admin)
    own_parameters.use_published(model, "aspect_ratio", by=admin)
    assert recorded() == [
        ("model.parameter_added", "sparkle"),
        ("model.parameter_corrected", "sparkle"),
        ("model.parameter_removed", "sparkle"),
        ("model.parameter_corrected", "aspect_ratio"),
        ("model.parameter_hidden", "aspect_ratio"),
        ("model.parameter_reset", "aspect_ratio"),
    ]
    assert told()[0] == "“Sparkle” added by an admin"
    assert told()[-1] == "“Aspect ratio” set back to the studio’s record by an admin"
    first = Entry.objects.get(action="model.parameter_added")
    assert (first.by, first.about) == (admin, f"model:{model.pk}")
    assert (first.detail["model"], first.detail["after"]["default"]) == ("Veo 3.1 Fast", 3)


def test_a_model_has_room_for_so_many(admin: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_parameters, "MOST", 1)
    model = a_model()
    own_parameters.save(model, SPARKLE, by=admin)
    with pytest.raises(NotPossible):
        own_parameters.hide(model, "aspect_ratio", by=admin)
    assert names(fresh())[-1] == "sparkle"


def test_a_list_of_models_takes_one_query(admin: Member) -> None:
    read(VEO, {**VEO, "model_slug": "other"})
    for model in StudioModel.objects.all():
        own_parameters.save(model, SPARKLE, by=admin)
    with CaptureQueriesContext(database) as queries:
        assert all("sparkle" in names(model) for model in StudioModel.objects.offered())
    assert len(queries) == 1


def test_a_record_of_an_earlier_version_that_cannot_be_read_takes_nothing_until_the_next_refresh(
    db: None,
) -> None:
    model = a_model()
    model.record, model.version = {"model_slug": "veo31_fast", "inputs": "smoke"}, "of-old"
    assert (model.capability.name, model.capability.parameters) == ("veo31_fast", ())
    assert "could not be understood" in model.capability.notes[0]
