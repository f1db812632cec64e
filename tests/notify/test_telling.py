"""What tell() writes: for whom, once, by which channels."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from studio.notify.kinds import Channel, Kind
from studio.notify.models import Delivery, Format, Hook, Notification, Preference, QuietHours
from studio.notify.telling import notify, written
from studio.team.models import Member, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def offering_mail(settings: Any) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}


def hook(person: Member | None, *kinds: Kind) -> Hook:
    return Hook.objects.create(
        person=person,
        name="Clips",
        host="hooks.example.com",
        format=Format.JSON,
        kinds=list(kinds),
        sealed="x",
    )


def ready(*people: Member, about: str = "job 12") -> None:
    notify(Kind.CLIP_READY, people, about=about, title="Clip 12 is ready", path="/jobs/12/")


def low(*people: Member, about: str = "connection 1") -> None:
    notify(Kind.BALANCE_LOW, people, about=about, title="100 credits left")


def test_a_person_finds_it_in_the_page(member: Member) -> None:
    ready(member)
    told = Notification.objects.inbox_of(member.pk).unread().get()
    assert (told.kind, told.title, told.path) == (Kind.CLIP_READY, "Clip 12 is ready", "/jobs/12/")


@pytest.mark.usefixtures("offering_mail")
def test_the_same_is_told_once_however_often_it_is_said(member: Member, admin: Member) -> None:
    hook(None, Kind.BALANCE_LOW)
    low(member, member)
    low(member, admin)
    low(admin)
    assert Notification.objects.count() == 2
    assert sorted(Delivery.objects.values_list("channel", "address")) == [
        (Channel.MAIL, "admin@example.com"),
        (Channel.MAIL, "member@example.com"),
        (Channel.WEBHOOK, "hooks.example.com"),
    ]


def test_another_thing_of_the_same_kind_is_told(member: Member) -> None:
    ready(member)
    ready(member, about="job 13")
    assert Notification.objects.count() == 2


def test_who_left_is_told_nothing(member: Member) -> None:
    member.is_active = False
    ready(member)
    assert not Notification.objects.exists()


@pytest.mark.usefixtures("offering_mail")
@pytest.mark.parametrize("kind", Kind)
def test_who_chose_nothing_is_mailed_what_cannot_wait(kind: Kind, member: Member) -> None:
    notify(kind, [member], about="it", title="It happened")
    assert Notification.objects.get().in_page
    assert Delivery.objects.filter(channel=Channel.MAIL).exists() == kind.is_mailed


@pytest.mark.usefixtures("offering_mail")
def test_each_hears_as_they_chose(member: Member, admin: Member) -> None:
    Preference.objects.create(person=member, kind=Kind.CLIP_READY, channel=Channel.MAIL, wanted=True)
    Preference.objects.create(person=admin, kind=Kind.CLIP_READY, channel=Channel.PAGE, wanted=False)
    ready(member, admin)
    assert list(Delivery.objects.values_list("person", flat=True)) == [member.pk]
    assert not Notification.objects.inbox_of(admin.pk).exists()
    assert Notification.objects.inbox_of(member.pk).exists()


def test_without_a_mail_server_no_mail_waits(member: Member) -> None:
    low(member)
    assert not Delivery.objects.exists()


def test_hooks_are_told_the_kinds_that_they_take(member: Member, admin: Member) -> None:
    mine, team = hook(member, Kind.CLIP_READY), hook(None, Kind.CLIP_READY)
    hook(admin, Kind.CLIP_READY)
    hook(member, Kind.CLIP_FAILED)
    ready(member)
    assert set(Delivery.objects.values_list("hook", "person")) == {(mine.pk, member.pk), (team.pk, None)}


def test_what_quiet_hours_hold_waits_until_they_end_and_the_page_shows_it_at_once(member: Member) -> None:
    hook(member, Kind.CLIP_READY)
    QuietHours.objects.create(person=member, begins=time(22), ends=time(7))
    with time_machine.travel(datetime(2026, 5, 4, 23, 30, tzinfo=UTC), tick=False):
        ready(member)
    waiting = Delivery.objects.get()
    assert (waiting.next_at, waiting.held) == (datetime(2026, 5, 5, 7, tzinfo=UTC), True)
    assert Notification.objects.inbox_of(member.pk).exists()


@pytest.mark.usefixtures("offering_mail")
def test_a_team_of_thirty_costs_no_more_queries_than_one_person(
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    people = [Member.objects.create_user(f"{n}@example.com", role=Role.MANAGER) for n in range(30)]
    hook(None, Kind.BALANCE_LOW)
    with CaptureQueriesContext(connection) as one:
        low(people[0], about="before")
    with django_assert_max_num_queries(len(one)):
        low(*people)
    assert Delivery.objects.filter(about="connection 1").count() == 31


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_told(member: Member) -> None:
    hook(None, Kind.CLIP_READY)
    heard: list[object] = []

    def hear(**_: object) -> None:
        heard.append(1)

    written.connect(hear)
    try:
        with transaction.atomic():
            ready(member)
            transaction.set_rollback(True)
        assert not heard
        assert not Notification.objects.exists()
        ready(member)
        assert heard
    finally:
        written.disconnect(hear)


def test_words_too_long_for_their_column_are_cut_and_fail_nothing(member: Member) -> None:
    notify(Kind.CLIP_FAILED, [member], about="a" * 300, title="t" * 300, path="/" + "p" * 300)
    assert len(Notification.objects.get().title) == 200


@pytest.mark.parametrize("path", ["https://elsewhere.example.com/", "//elsewhere.example.com/"])
def test_only_pages_of_ours_are_led_to(path: str, member: Member) -> None:
    with pytest.raises(ValueError, match="Not a page of ours"):
        notify(Kind.CLIP_READY, [member], about="it", title="It", path=path)
