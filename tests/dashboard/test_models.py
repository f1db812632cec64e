"""The pages of the models: all of them, one in full, and some side by side."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboard.models.changes import moments_of, sentence
from dashboard.models.clip_prices import ClipPrices, price_table
from dashboard.models.comparison import comparison
from dashboard.models.facts import facts_of
from dashboard.models.words import every_duration, spaced
from studio.catalog import register
from studio.catalog.connections import default_connection
from studio.catalog.models import Connection, ModelChange, StudioModel
from studio.catalog.refresh import mirror
from studio.contract.decode import decode_models
from studio.credits.models import PriceSample
from studio.sandbox import catalogue
from studio.team.models import Role
from studio.upstream.secret import Secret
from tests.dashboard.reading import text_of
from tests.factories import VEO, a_job, a_member, a_model, altered
from tests.must import must

pytestmark = pytest.mark.django_db
LIST, COMPARE = "/models/", "/models/compare/"
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


@pytest.fixture
def studio(db: None) -> Connection:
    """The default connection, with the sandbox's seven models."""
    return offer(default_connection(), *catalogue.MODELS)


@pytest.fixture
def paid(db: None, settings) -> Connection:
    """A default connection that charges as it likes."""
    settings.STUDIO_BASE_URL, settings.STUDIO_API_KEY = "https://studio.example.com", "none"
    return offer(default_connection(), *catalogue.MODELS)


def offer(connection: Connection, *records: Any) -> Connection:
    mirror(connection, decode_models({"models": list(records)}))
    return connection


def model(slug: str) -> StudioModel:
    return StudioModel.objects.get(slug=slug)


def page_of(client: Client, address: str, **query: Any) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def read(client: Client, address: str, **query: Any) -> str:
    return text_of(client.get(address, query))


def about(client: Client, slug: str) -> str:
    return read(client, f"/models/{model(slug).pk}/")


def compared(client: Client, *slugs: str) -> str:
    return read(client, COMPARE, model=[model(slug).pk for slug in slugs])


def charged(connection: Connection, *credits: int, **key: Any) -> None:
    taken = PriceSample.objects.count()
    for number, amount in enumerate(credits):
        said = {"model_slug": "veo31_fast", "duration": 8, "estimate": 100, "at": timezone.now(), **key}
        PriceSample.objects.create(connection=connection, charged=amount, job_id=taken + number + 1, **said)


# ── The list ────────────────────────────────────────────────────────────────────────────────────────────


def test_each_model_is_listed_with_what_it_takes_and_costs(as_member: Client, studio: Connection) -> None:
    page = read(as_member, LIST)
    assert "8 models" in page
    card = page[page.index("Kling 3.0") :]
    assert card.index("from 60 credits") < card.index("3–15 s") < card.index("from text, image")
    assert card.index("sound") < card.index("Hailuo")
    assert "/?model=kling_3_0" in page_of(as_member, LIST)


def test_a_viewer_reads_everything_and_is_offered_no_clip(client: Client, studio: Connection) -> None:
    client.force_login(a_member("viewer@example.com", role=Role.VIEWER))
    for address in (LIST, f"/models/{model('veo31').pk}/", f"{COMPARE}?model={model('veo31').pk}"):
        page = page_of(client, address)
        assert "Veo 3.1" in page
        assert "Make a clip" not in page


def test_retired_and_unread_models_stand_in_groups_of_their_own(
    as_member: Client, studio: Connection
) -> None:
    kept = [record for record in catalogue.MODELS if record["model_slug"] != "wan_2_6_v2v"]
    offer(studio, *kept, {"model_slug": "luma", "inputs": "smoke"})
    page = read(as_member, LIST)
    assert page.index("7 models") < page.index("Retired 1") < page.index("Wan 2.6 Remix")
    assert page.index("Unreadable 1") < page.index("luma Its inputs could not be understood: “smoke”.")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "VEO fast"}, ["Veo 3.1 Fast"]),
        ({"q": "vEo"}, ["Veo 3.1 Fast", "Veo 3.1"]),
        ({"input": "video"}, ["Wan 2.6 Remix"]),
        ({"sound": "1", "low": "60"}, ["Kling 3.0", "Seedance 1.5 Pro", "Seedance 2.0"]),
        ({"q": "nothing like it"}, []),
        ({"input": "smell", "low": "dear"}, [record["name"] for record in catalogue.MODELS]),
    ],
)
def test_the_list_is_narrowed_without_any_script(
    query: dict[str, str], found: list[str], as_member: Client, studio: Connection
) -> None:
    shown = as_member.get(LIST, query).context["found"].offered
    assert [entry.card.capability.name for entry in shown] == found
    assert ("No matching models" in read(as_member, LIST, **query)) == (not found)


def test_while_one_types_only_the_models_are_sent_and_ticks_are_kept(
    as_member: Client, studio: Connection
) -> None:
    ticked = model("wan_2_6_v2v").pk
    headers = {"HX-Request": "true", "HX-Target": "div#models"}
    page = as_member.get(LIST, {"q": "kling", "model": str(ticked)}, headers=headers).content.decode()
    assert "<html" not in page
    assert "2 of 8 models" in page
    assert f'value="{ticked}" checked' in page


def test_another_studio_can_be_looked_at_but_makes_no_clips_here(
    as_member: Client, studio: Connection
) -> None:
    other = register.add("Brand films", "https://api.example.com", 24, Secret("sk-0123456789abcdef"))
    a_model(other, name="Veo elsewhere")
    assert "Veo elsewhere" not in page_of(as_member, LIST)
    page = page_of(as_member, LIST, studio=other.pk)
    assert "Veo elsewhere" in page
    assert "Make a clip" not in page


def test_what_clips_really_cost_stands_beside_what_is_published(as_member: Client, paid: Connection) -> None:
    charged(paid, 100, 110, 130)
    charged(paid, 60, 60, model_slug="seedance_1_5_pro", duration=4)  # too few to tell
    page = read(as_member, LIST)
    assert "Actual charges: 100 to 130 credits in 3 clips" in page
    assert page.count("Actual charges") == 1


def test_no_models_yet_is_said(as_member: Client) -> None:
    assert "No models yet" in read(as_member, LIST)


def test_sixty_models_take_as_many_queries_as_six(as_member: Client, paid: Connection) -> None:
    def asked(count: int) -> int:
        offer(paid, *({**VEO, "model_slug": f"veo_{number}"} for number in range(count)))
        ModelChange.objects.bulk_create(
            ModelChange(model=row, what="price", before="1", after="2", at=timezone.now() - timedelta(days=1))
            for row in StudioModel.objects.all()
        )
        for number in range(count):
            charged(paid, 100, 110, 120, model_slug=f"veo_{number}")
        with CaptureQueriesContext(
            database,
        ) as queries:
            assert f"{count} models" in read(as_member, LIST)
        return len(queries)

    few = asked(6)
    assert asked(60) <= few
    assert few <= 25


# ── One in full ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_inspector_tells_every_capability_in_words(as_member: Client, studio: Connection) -> None:
    page = about(as_member, "kling_3_0")
    for words in (
        "Starts from text, images",
        "Prompt required, up to 2,500 characters",
        "Images up to 2",
        "Videos none",
        "16:9, 9:16, 1:1",
        "Durations 3 to 15 s, each whole second",
        "Qualities Standard, Pro In a request: std, pro",
        "Sound optional",
        "Directory discount none",
        "Usual duration unknown",
    ):
        assert words in page
    assert 'data-copy="#slug"' in page_of(as_member, f"/models/{model('kling_3_0').pk}/")


def test_the_discount_says_that_it_publishes(as_member: Client, studio: Connection) -> None:
    page = about(as_member, "veo31")
    assert "10 credits less for publishing prompt and clip" in page
    assert "published in the studio’s public directory" in page


def test_a_clip_s_price_is_told_by_duration_quality_and_sound(as_member: Client, studio: Connection) -> None:
    page = about(as_member, "kling_3_0")
    assert "A clip costs 60 to 510 credits." in page
    assert "Standard Standard, with sound Pro Pro, with sound 3 s 60 81 81 102 4 s 80 108 108 136" in page
    assert "Every clip costs 100 credits." in about(as_member, "veo31_fast")


def test_where_no_price_is_published_none_is_tabled_and_none_is_put_into_the_studio_s_mouth(
    as_member: Client,
) -> None:
    shown = a_model(credits=None, durations=[4, 8])
    page = read(as_member, f"/models/{shown.pk}/").partition("Price ")[2]
    assert "Price not published." in page
    assert "as published" not in page.lower()
    assert "Credits for one clip" not in page


def test_a_price_that_cannot_be_read_is_quoted(as_member: Client) -> None:
    shown = a_model(credits="ask our sales team")
    page = read(as_member, f"/models/{shown.pk}/")
    assert "Price as published: ask our sales team. This price could not be read" in page
    assert "costs" not in page.partition("Price ")[2]


def test_a_price_that_is_not_understood_any_more_is_news_in_the_studios_words(as_member: Client) -> None:
    a_model(credits=100)
    shown = a_model(credits={"amount": 0.9, "currency": "USD"})
    page = read(as_member, f"/models/{shown.pk}/")
    assert "The price changed from 100 credits to “0.9 USD”." in page
    assert "price changed 100 → 0.9 USD" in read(as_member, "/models/")


def test_the_learned_price_stands_in_the_table_and_with_its_spread(
    as_member: Client, paid: Connection
) -> None:
    charged(paid, 270, 290, 290, 310, model_slug="kling_3_0", duration=10, quality="pro")
    page = about(as_member, "kling_3_0")
    assert "10 s 200 270 learned 310 340" in page
    assert "pro · 10 s 270" in page
    assert "270 to 310 · 4 clips since" in page


def test_the_usual_time_is_that_of_the_last_clips(as_member: Client, studio: Connection) -> None:
    job = a_job("completed")
    altered(job, accepted_at=must(job.finished_at) - timedelta(minutes=3))
    assert "Usual duration about 3 min" in about(as_member, "veo31_fast")


def test_what_was_not_understood_is_told_with_its_record(as_member: Client, studio: Connection) -> None:
    offer(studio, *catalogue.MODELS, {"model_slug": "luma", "inputs": "smoke", "smell": "roses"})
    page = about(as_member, "luma")
    assert "Its inputs could not be understood: “smoke”." in page
    assert '"smell": "roses"' in page
    assert 'id="costs"' not in page


def test_unknown_fields_are_shown_as_they_came_and_endless_ones_are_cut(as_member: Client) -> None:
    fields: dict[str, Any] = {f"field_{number}": number for number in range(40)}
    shown = a_model(camera={"modes": ["pan", "tilt"]}, novel="x" * 5_000, **fields)
    page = page_of(as_member, f"/models/{shown.pk}/")
    assert "&quot;modes&quot;: [\n    &quot;pan&quot;" in page
    assert "5,002 characters in all" in page
    assert "12 more are in the studio’s record below" in page


def test_a_record_that_is_nested_without_end_is_shown_as_far_as_it_fits(as_member: Client) -> None:
    deep: Any = "bottom"
    for _ in range(450):  # which SQLite still takes
        deep = {"in": [deep]}
    shown = a_model(deep=deep)
    assert len(page_of(as_member, f"/models/{shown.pk}/")) < 150_000


def test_nothing_that_a_studio_says_becomes_markup(as_member: Client) -> None:
    evil = {"value": EVIL, "label": EVIL}
    evil_field: dict[str, Any] = {EVIL: {EVIL: EVIL}}
    shown = a_model(
        name=EVIL,
        model_slug=EVIL,
        engine=EVIL,
        description=EVIL,
        aspect_ratios=[evil],
        quality_modes=[evil],
        credits=EVIL,
        **evil_field,
    )
    a_model(name=EVIL, model_slug=EVIL, aspect_ratios=[EVIL + "2"], durations=[9], credits={"base": 3})
    a_model(name=EVIL, model_slug=EVIL, durations=EVIL)
    offer(default_connection(), {**VEO, "name": EVIL})
    addresses = [
        LIST,
        f"{LIST}?q={EVIL}",
        f"/models/{shown.pk}/",
        f"{COMPARE}?model={shown.pk}&model={EVIL}",
        "/",
    ]
    for address in addresses:
        page = page_of(as_member, address)
        assert "alert(1)" in page or address == LIST
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_model_that_does_not_exist_is_not_found(as_member: Client) -> None:
    assert as_member.get("/models/999999/").status_code == 404
    assert as_member.get(f"/models/{10**30}/").status_code == 404


# ── What became of it ───────────────────────────────────────────────────────────────────────────────────


def test_what_changed_is_told_in_sentences_newest_first(as_member: Client) -> None:
    shown = a_model(durations=[5, 10], credits={"base": 100})
    shown = a_model(durations=[5, 6, 7, 12], credits={"base": 120}, sound=True)
    offer(default_connection(), {**VEO, "model_slug": "another"})
    ModelChange.objects.exclude(what="offer").update(at=timezone.now() - timedelta(days=3))
    page = read(as_member, f"/models/{shown.pk}/").partition("Changes ")[2]
    told = (
        "Retired by the studio.",
        "The price changed from 100 credits to 120 credits.",
        "Durations: 6–7, 12 s added; 10 s removed.",
        "Sound added.",
        "First seen.",
    )
    assert [page.index(words) for words in told] == sorted(page.index(words) for words in told)


def test_a_model_that_came_back_and_one_that_could_not_be_read_say_so(db: None) -> None:
    shown = a_model()
    offer(default_connection(), {**VEO, "model_slug": "another"})
    a_model()
    a_model(inputs="smoke")
    ModelChange.objects.update(at=timezone.now() - timedelta(days=1))
    a_model()
    now, before, *_ = moments_of(shown)
    assert now.sentences == ("The record can be read again.",)
    assert before.sentences == ("The record could not be read: Its inputs could not be understood: “smoke”.",)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("from 72", "from 60", "The lowest price changed from 72 to 60 credits."),
        ("100 credits", "from 60", "The price changed from 100 credits to 60 credits or more."),
        ("ask us", "1 credit", "The price changed from ask us to 1 credit."),
    ],
)
def test_a_price_that_moved_is_one_sentence(before: str, after: str, told: str) -> None:
    assert sentence(ModelChange(what="price", before=before, after=after)) == told


def test_of_endless_changes_the_newest_are_told(db: None) -> None:
    shown = a_model()
    days = (timezone.now() - timedelta(days=number) for number in range(70))
    ModelChange.objects.bulk_create(
        ModelChange(model=shown, what="sound", before="no", after="yes", at=at) for at in days
    )
    told = moments_of(shown)
    assert len(told) == 61
    assert told[-1].sentences == ("Earlier changes are not listed.",)


# ── Side by side ────────────────────────────────────────────────────────────────────────────────────────


def test_models_stand_side_by_side_and_what_differs_is_marked(as_member: Client, studio: Connection) -> None:
    page = compared(as_member, "kling_3_0", "veo31", "seedance_1_5_pro")
    assert "Prompt differs required, up to 2,500 characters" in page
    assert "Starts from text, images text, images text, images" in page
    assert "8 s 160 credits Standard 220 credits 720p 110 credits cheapest" in page
    assert "8 s with sound 216 credits Standard 250 credits 720p 150 credits cheapest" in page


def test_the_fastest_is_named_and_equals_are_not(studio: Connection) -> None:
    for minutes, slug in ((5, "veo31"), (2, "veo31_fast")):
        job = altered(a_job("completed"), model_slug=slug)
        altered(job, accepted_at=must(job.finished_at) - timedelta(minutes=minutes))
    both = comparison([model("veo31"), model("veo31_fast")])
    usual = next(row for row in both.facts if row.label == "Usual duration")
    assert [(cell.words, cell.best) for cell in usual.cells] == [
        ("about 5 min", ""),
        ("about 2 min", "fastest"),
    ]
    twins = comparison([model("veo31_fast"), model("veo31_fast")])
    assert not any(cell.best for row in (*twins.facts, *twins.prices) for cell in row.cells)
    assert not any(row.differs for row in (*twins.facts, *twins.prices))


def test_what_is_learned_decides_what_is_cheapest(paid: Connection) -> None:
    charged(paid, 180, 180, 180)
    rows = comparison([model("veo31_fast"), model("seedance_1_5_pro")]).prices
    told = next(row for row in rows if row.label == "8 s").cells
    assert [(cell.words, cell.note, cell.best) for cell in told] == [
        ("180 credits", "learned", ""),
        ("110 credits", "", "cheapest"),
    ]


def test_models_that_share_no_length_are_compared_by_the_second(studio: Connection) -> None:
    rows = comparison([model("hailuo_2_3_pro"), model("veo31_fast")]).prices
    assert [cell.words for cell in rows[-1].cells] == ["15 credits", "12.5 credits"]
    assert rows[-1].cells[1].best == "cheapest"
    assert {row.label for row in rows} >= {"6 s", "8 s", "10 s"}


def test_models_of_several_studios_can_be_compared(as_member: Client, studio: Connection) -> None:
    other = register.add("Brand films", "https://api.example.com", 24, Secret("sk-0123456789abcdef"))
    elsewhere = a_model(other, name="Veo elsewhere")
    page = read(as_member, COMPARE, model=[model("veo31").pk, elsewhere.pk])
    assert "Veo elsewhere Brand films" in page
    assert "Veo 3.1 Sandbox studio" in page


@pytest.mark.parametrize(
    ("count", "words", "columns"),
    [
        (0, "Choose two to four models to compare.", 0),
        (1, "Choose at least two models to compare.", 1),
        (2, "", 2),
        (4, "", 4),
        (5, "You chose 5 models. Showing the first four.", 4),
    ],
)
def test_too_few_or_too_many_are_answered_with_a_sentence(
    count: int, words: str, columns: int, as_member: Client, studio: Connection
) -> None:
    numbers = [row.pk for row in StudioModel.objects.all()[:count]]
    page = page_of(as_member, COMPARE, model=numbers)
    assert words in page
    assert page.count('scope="col"') == columns
    assert ("Another model" in page) == (columns in (1, 2))


def test_unknown_models_in_an_address_are_left_out_and_said(as_member: Client, studio: Connection) -> None:
    page = read(as_member, COMPARE, model=[model("veo31").pk, 999_999, "x", "1" * 40])
    assert "1 of the selected models does not exist here." in page
    assert "Choose at least two models" in page


def test_the_address_of_a_comparison_names_the_models_alone(as_member: Client, studio: Connection) -> None:
    response = as_member.get(COMPARE, {"q": "", "low": "", "model": ["7", "9", "7"]})
    assert response.status_code == 302
    assert response["Location"] == f"{COMPARE}?model=7&model=9"


def test_a_model_that_was_not_understood_can_stand_beside_another(
    as_member: Client, studio: Connection
) -> None:
    offer(studio, *catalogue.MODELS, {"model_slug": "luma", "inputs": "smoke"})
    page = compared(as_member, "luma", "veo31")
    assert "luma unreadable" in page
    assert "8 s unknown 220 credits" in page


# ── Ways in, and words ──────────────────────────────────────────────────────────────────────────────────


def test_the_create_page_and_the_prices_lead_to_the_inspector(as_member: Client, paid: Connection) -> None:
    charged(paid, 100)
    link = f'href="/models/{model("veo31_fast").pk}/"'
    assert link in page_of(as_member, "/?model=veo31_fast")
    assert link in page_of(as_member, "/credits/prices/")


@given(st.lists(st.integers(1, 600), unique=True, max_size=80), st.integers(2, 20))
def test_a_choice_of_lengths_keeps_the_ends_and_the_order(values: list[int], most: int) -> None:
    chosen = spaced(sorted(values), most)
    assert len(chosen) == min(len(values), most)
    assert chosen == sorted(set(chosen))
    assert not values or (chosen[0], chosen[-1]) == (min(values), max(values))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ((), ""),
        ((8,), "8 s"),
        ((4, 6, 8, 12, 20), "4, 6, 8, 12, 20 s"),
        ((3, 4, 5, 6), "3, 4, 5, 6 s"),
        (tuple(range(3, 16)), "3 to 15 s, each whole second"),
        (tuple(range(2, 62, 2)), "2 to 60 s, 30 lengths"),
    ],
)
def test_every_duration_is_named_or_counted(seconds: tuple[int, ...], words: str) -> None:
    assert every_duration(seconds) == words


def test_a_silent_record_is_told_as_silent(db: None) -> None:
    bare = decode_models([{"model_slug": "bare"}]).capabilities[0]
    told = {fact.label: fact.words for fact in facts_of(bare)}
    assert told["Prompt"] == "required, no published limit"
    assert told["Durations"] == "set by the model"
    table = price_table(ClipPrices(a_model(model_slug="bare", durations=[], credits=None), {}))
    assert table.sentence == ""
    assert [row.label for row in table.rows] == ["A clip"]
