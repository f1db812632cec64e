"""The chain: what is recorded stands in one row of entries without a gap, and shows whatever becomes of it later."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connections, transaction
from django.http import HttpResponse
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dashboard.audit.middleware import from_where
from studio.audit import chain, origin
from studio.audit.log import record
from studio.audit.models import Entry, Head
from studio.audit.origin import Origin, coming_from
from studio.audit.verify import Broken, Link, check, walk
from tests.factories import a_member

ROWS = Entry._base_manager  # past the guards, as somebody at the database would
TEXT = st.text(max_size=20)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def five(db: None) -> list[Entry]:
    person = a_member(name="Somebody")
    with coming_from(lambda: Origin("192.0.2.7", "Firefox")):
        for limit in range(5):
            record("budget.changed", by=person, about="budget:3", limit=limit)
    return list(Entry.objects.order_by("number"))


def broken(*noted: Link) -> Broken:
    with pytest.raises(Broken) as caught:
        walk(*noted)
    return caught.value


# ── Recording ───────────────────────────────────────────────────────────────────────────────────────────
def test_an_entry_tells_who_did_what_to_what_and_from_where(five):
    first, second = five[:2]
    assert (first.number, first.action, first.about) == (1, "budget.changed", "budget:3")
    assert (first.by, first.by_name, first.detail) == (a_member(), "Somebody", {"limit": 0})
    assert (first.address, first.agent) == ("192.0.2.7", "Firefox")
    assert second.previous == first.hash
    assert walk() == Link(5, five[-1].hash)


def test_nobody_is_named_for_what_happens_by_itself_and_the_command_line_is_where_else(db):
    entry = record("chain.checked", by=None)
    assert (entry.by, entry.by_name, entry.address, entry.agent) == (None, "", "", "command line")


def test_a_change_that_is_undone_leaves_no_entry_and_no_gap(five):
    with transaction.atomic():
        record("budget.changed", by=None)
        transaction.set_rollback(True)
    assert record("budget.changed", by=None).number == 6
    walk()


def test_details_become_plain_values(db):
    told = {"at": datetime(2026, 1, 2, tzinfo=UTC), "id": UUID(int=7), "many": {3, 1}, "half": 0.5}
    entry = Entry.objects.get(pk=record("job.moved", by=None, **told).pk)
    assert entry.detail == {
        "at": "2026-01-02T00:00:00+00:00",
        "id": "00000000-0000-0000-0000-000000000007",
        "many": ["1", "3"],
        "half": "0.5",
    }
    walk()


def test_an_action_is_a_noun_and_a_verb(db):
    with pytest.raises(ValueError, match=r"noun\.verb"):
        record("Changed a budget", by=None)


def test_an_entry_can_neither_be_changed_nor_deleted(five):
    attempts: list[Callable[[], object]] = [
        five[0].save,
        five[0].delete,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(action="clip.kept"),
        lambda: Entry.objects.bulk_create([Entry(number=6)]),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError, match="append-only"):
            attempt()
    walk()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=TEXT, detail=st.dictionaries(TEXT, PLAIN, max_size=4))
@example(name="\0\ud800", detail={"\0": 1e16, "\udfff": [-0.0]})
def test_whatever_is_told_comes_back_from_the_database_as_it_was_hashed(db, name, detail):
    with coming_from(lambda: Origin(name, name)):
        number = record("thing.told", by=None, about=name, told=detail).number
    entry = Entry.objects.get(pk=number)
    assert entry.digest() == entry.hash


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_chain():
    ready = threading.Barrier(20)

    def decide(number: int) -> None:
        ready.wait()
        with transaction.atomic():
            record("budget.changed", by=None, number=number)
        connections.close_all()

    threads = [threading.Thread(target=decide, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert walk().number == 20
    assert {entry.detail["number"] for entry in Entry.objects.all()} == set(range(20))


# ── Finding out ─────────────────────────────────────────────────────────────────────────────────────────
CLEAN = TEXT.map(chain.text)
VALUES = {
    "at": st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    "by_id": st.none(),
    "detail": st.dictionaries(TEXT, PLAIN, max_size=3).map(chain.plain),
    **dict.fromkeys(("action", "by_name", "about", "address", "agent", "previous", "hash"), CLEAN),
}
CHANGES = st.one_of(*(st.tuples(st.just(column), values) for column, values in VALUES.items()))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 4), change=CHANGES)
def test_a_single_change_to_any_field_of_any_entry_is_found(five, place, change):
    entry, (column, value) = five[place], change
    assume(spelled(value) != spelled(getattr(entry, column)))
    with transaction.atomic():
        ROWS.filter(pk=entry.pk).update(**{column: value})
        assert broken().number == entry.number
        transaction.set_rollback(True)
    walk()


def spelled(value: object) -> str:
    """1 and True are equal in Python, and two values in JSON."""
    return json.dumps(value, default=str, sort_keys=True)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (1, "Entry 1 is missing."),
        (3, "Entry 3 is missing."),
        (5, "Entry 5 is missing at the end."),
    ],
)
def test_a_removed_entry_is_missed(five, number, sentence):
    ROWS.filter(pk=number).delete()
    found = broken()
    assert (found.number, found.sentence) == (number, sentence)


def test_a_log_that_was_emptied_is_missed(five):
    ROWS.all().delete()
    assert broken().sentence == "Entries 1 to 5 are missing at the end."


def test_two_entries_that_changed_places_are_found(five):
    for old, new in ((2, 99), (3, 2), (99, 3)):
        ROWS.filter(pk=old).update(number=new)
    assert (broken().number, broken().sentence) == (2, "Entry 2 was changed after it was written.")


def test_an_entry_that_was_put_in_is_found(five):
    last = five[-1]
    more = Entry(number=6, at=last.at, action="budget.changed", previous=last.hash)
    more.hash = more.digest()
    more.save()
    assert broken().sentence == "Only 5 entries were recorded, but the log goes on to entry 6."
    ROWS.filter(pk=6).update(number=0)
    assert broken().sentence == "Entry 0 was inserted: the first entry is number 1."


def test_an_entry_written_anew_with_a_hash_that_fits_it_breaks_the_next_one(five):
    second = five[1]
    second.action = "budget.removed"
    ROWS.filter(pk=2).update(action=second.action, hash=second.digest())
    assert broken().sentence == "Entry 3 does not continue entry 2: one of the two was replaced."


def test_the_last_entry_written_anew_is_another_than_was_recorded(five):
    last = five[-1]
    last.action = "budget.removed"
    ROWS.filter(pk=5).update(action=last.action, hash=last.digest())
    assert broken().sentence == "Entry 5 is not the one that was recorded last."


def test_a_whole_log_written_anew_is_found_by_a_place_that_was_noted_elsewhere(five):
    noted = Link(4, five[3].hash)
    assert walk(noted).number == 5
    ROWS.filter(number__gt=3).delete()
    Head.objects.update(number=3, hash=five[2].hash)
    assert walk().number == 3  # nothing in the database tells
    assert broken(noted).sentence == "You noted entry 4, but the chain ends at 3: the rest was cut off."
    record("budget.changed", by=None)
    assert broken(noted).sentence == "Entry 4 differs from the one you noted."


def test_a_head_that_was_lost_is_missed_and_found_again_by_the_next_entry(five):
    Head.objects.all().delete()
    assert (
        broken().sentence == "The record of the log's end is missing: entries may be missing after entry 5."
    )
    assert record("budget.changed", by=None).number == 6
    walk()


def test_a_check_keeps_what_it_proved(five):
    assert check().is_whole
    ROWS.filter(pk=3).update(about="")
    found = check()
    assert (found.broken_at, found.trouble) == (3, "Entry 3 was changed after it was written.")
    assert not found.is_whole


# ── From where ──────────────────────────────────────────────────────────────────────────────────────────
def test_a_request_tells_its_address_and_browser(rf, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    told = []
    serve = from_where(lambda request: told.append(origin.current()) or HttpResponse())
    serve(rf.get("/", headers={"User-Agent": "Firefox"}))
    serve(rf.get("/", headers={"X-Forwarded-For": "198.51.100.4, 192.0.2.9"}))
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 3  # more than there are: nobody can tell
    serve(rf.get("/", headers={"X-Forwarded-For": "192.0.2.9"}))
    assert told == [Origin("127.0.0.1", "Firefox"), Origin("192.0.2.9"), Origin()]
    assert origin.current() == origin.COMMAND_LINE
