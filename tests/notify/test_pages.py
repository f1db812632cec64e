"""The pages of notifications: the inbox and its bell, what one chooses, webhooks, the log."""

import html
import re
from datetime import time
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from studio.catalog import hooks
from studio.notify.choices import choices_of
from studio.notify.kinds import Channel, Kind
from studio.notify.models import (
    Delivery,
    DeliveryState,
    Format,
    Hook,
    Notification,
    QuietHours,
    RequestSecret,
)
from studio.notify.telling import notify
from studio.team.models import Member, Role
from tests.factories import a_job
from tests.must import must

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.com/services/T0/B0/xyzzy"


def ready(number: int, *people: Member, kind: Kind = Kind.CLIP_READY) -> None:
    notify(kind, people, about=f"job {number}", title=f"Clip {number} is ready", path=f"/jobs/{number}/")


def words(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.unescape(response.content.decode())))


def told(number: int) -> Notification:
    return Notification.objects.get(about=f"job {number}")


# ── The inbox ───────────────────────────────────────────────────────────────────────────────────────────
def test_what_one_was_told_is_listed_the_newest_first(
    as_member: Client, member: Member, admin: Member
) -> None:
    ready(1, member)
    ready(2, member)
    ready(3, admin)
    page = words(as_member.get("/notifications/"))
    assert page.index("Clip 2 is ready") < page.index("Clip 1 is ready")
    assert "Clip 3" not in page


def test_opening_one_leads_to_it_and_marks_it_read(as_member: Client, member: Member) -> None:
    ready(1, member)
    assert as_member.post(f"/notifications/{told(1).pk}/open/").headers["Location"] == "/jobs/1/"
    assert told(1).read_at
    assert "Clip 1" not in words(as_member.get("/notifications/?unread"))


def test_another_persons_is_not_there(as_member: Client, admin: Member) -> None:
    ready(1, admin)
    assert as_member.post(f"/notifications/{told(1).pk}/open/").status_code == 404
    assert as_member.post(f"/notifications/{told(1).pk}/read/").status_code == 404
    as_member.post("/notifications/read/", {"newest": told(1).pk})
    assert told(1).read_at is None


def test_marking_all_read_leaves_what_came_since(as_member: Client, member: Member) -> None:
    ready(1, member)
    newest = told(1).pk
    ready(2, member)
    as_member.post("/notifications/read/", {"newest": newest})
    assert told(1).read_at
    assert told(2).read_at is None


def test_a_long_inbox_comes_in_pages(as_member: Client, member: Member) -> None:
    for number in range(31):
        ready(number, member)
    page = as_member.get("/notifications/")
    assert "Clip 0 is" not in words(page)
    (before,) = set(re.findall(r"before=(\d+)", page.content.decode()))
    fragment = {"HX-Request": "true", "HX-Target": "li#older"}
    rest = as_member.get(f"/notifications/?before={before}", headers=fragment)
    assert words(rest).count("is ready (unread)") == 1
    assert "<html" not in rest.content.decode()


def test_an_empty_inbox_says_what_will_come(as_member: Client) -> None:
    assert "No notifications yet" in words(as_member.get("/notifications/"))
    assert "No unread notifications" in words(as_member.get("/notifications/?unread"))


# ── The bell ────────────────────────────────────────────────────────────────────────────────────────────
def test_the_bell_tells_how_many_are_unread_on_every_page(as_member: Client, member: Member) -> None:
    assert 'aria-label="Notifications"' in as_member.get("/jobs/").content.decode()
    ready(1, member)
    ready(2, member)
    assert 'aria-label="Notifications, 2 unread"' in as_member.get("/jobs/").content.decode()


def test_an_open_page_learns_of_a_new_one_once(as_member: Client, member: Member) -> None:
    ready(1, member)
    known = told(1).pk
    assert as_member.get(f"/notifications/bell/?newest={known}&number=1").status_code == 204
    ready(2, member)
    changed = as_member.get(f"/notifications/bell/?newest={known}&number=1").content.decode()
    assert "2 unread" in changed
    assert "Clip 2 is ready" in changed
    assert "Clip 1 is ready" not in changed
    assert as_member.get(f"/notifications/bell/?newest={told(2).pk}&number=2").status_code == 204


def test_a_bell_that_was_read_elsewhere_falls_silent(as_member: Client, member: Member) -> None:
    ready(1, member)
    newest = told(1).pk
    Notification.objects.update(read_at=timezone.now())
    changed = as_member.get(f"/notifications/bell/?newest={newest}&number=1").content.decode()
    assert "unread" not in changed
    assert "data-passing" not in changed
    assert as_member.get(f"/notifications/bell/?newest={newest}&number=").status_code == 204


def test_a_bell_with_hundreds_counts_no_further(as_member: Client, member: Member) -> None:
    for number in range(101):
        ready(number, member)
    assert "99+ unread" in as_member.get("/notifications/bell/").content.decode()


def test_asking_the_bell_costs_one_query_beside_the_sign_in(
    as_member: Client, member: Member, django_assert_num_queries: Any
) -> None:
    ready(1, member)
    known = told(1).pk
    with django_assert_num_queries(3):  # session, member, unread
        as_member.get(f"/notifications/bell/?newest={known}&number=1")


# ── What one chooses ────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def offering_mail(settings: Any) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}


@pytest.mark.usefixtures("offering_mail")
def test_choices_and_quiet_hours_are_kept(as_member: Client, member: Member) -> None:
    chosen = {
        "clip_ready-mail": "on",
        "attention-page": "on",
        "quiet": "on",
        "begins": "21:30",
        "ends": "06:00",
    }
    page = as_member.post("/notifications/settings/", chosen, follow=True)
    assert "Settings saved." in words(page)
    kept = choices_of(member)
    assert [key for key, wanted in kept.items() if wanted] == [
        (Kind.CLIP_READY, Channel.MAIL),
        (Kind.ATTENTION, Channel.PAGE),
    ]
    hours = QuietHours.objects.get(pk=member.pk)
    assert (hours.begins, hours.ends) == (time(21, 30), time(6))
    assert 'value="21:30"' in page.content.decode()


@pytest.mark.usefixtures("offering_mail")
def test_saving_what_was_shown_changes_nothing(as_member: Client, member: Member) -> None:
    shown = choices_of(member)
    as_member.post(
        "/notifications/settings/", {f"{kind}-{way}": "on" for (kind, way), on in shown.items() if on}
    )
    assert choices_of(member) == shown
    assert not QuietHours.objects.exists()


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ({"begins": "", "ends": "07:00"}, "Enter a time."),
        ({"begins": "late", "ends": "07:00"}, "Enter a valid time."),
        ({"begins": "07:00", "ends": "07:00"}, "Start and end must differ"),
    ],
)
def test_hours_that_are_none_are_explained(hours: dict[str, str], sentence: str, as_member: Client) -> None:
    page = as_member.post("/notifications/settings/", {"quiet": "on", **hours})
    assert page.status_code == 422
    assert sentence in words(page)


@pytest.mark.parametrize(("role", "hidden"), [("member", 5), ("manager", 2), ("admin", 0)])
def test_each_chooses_among_what_can_concern_them(
    role: str, hidden: int, as_member: Client, member: Member
) -> None:
    Member.objects.filter(pk=member.pk).update(role=role)
    boxes = as_member.get("/notifications/settings/").content.decode().count('type="checkbox" name="')
    assert boxes == len(Kind) - hidden + 1  # and the quiet


def test_without_a_mail_server_mail_is_no_choice(as_member: Client) -> None:
    page = as_member.get("/notifications/settings/")
    assert "Email is not set up" in words(page)
    assert '-mail"' not in page.content.decode()


# ── Webhooks ────────────────────────────────────────────────────────────────────────────────────────────
def hook_form(**changes: Any) -> dict[str, Any]:
    return {"name": "Clips", "url": URL, "form": "json", "kinds": ["clip_ready"], **changes}


def a_hook(person: Member | None) -> Hook:
    return hooks.add(person, "Clips", URL, Format.JSON, [Kind.CLIP_READY])[0]


def test_the_secret_is_shown_once_and_the_address_never(as_member: Client) -> None:
    page = as_member.post("/notifications/hooks/add/", hook_form())
    assert "no-store" in page["Cache-Control"]
    secret = hooks.opened(Hook.objects.get()).secret.reveal()
    assert secret in page.content.decode()
    later = as_member.get("/notifications/settings/").content.decode()
    assert secret not in later
    assert "xyzzy" not in later
    assert "hooks.example.com" in later


def test_a_slack_hook_has_no_secret(as_member: Client) -> None:
    page = as_member.post("/notifications/hooks/add/", hook_form(form="slack"), follow=True)
    assert "Clips added." in words(page)
    hook = Hook.objects.get()
    assert as_member.post(f"/notifications/hooks/{hook.pk}/rotate/").status_code == 404


def test_a_wrong_address_is_explained_beside_it(as_member: Client) -> None:
    page = as_member.post("/notifications/hooks/add/", hook_form(url="http://hooks.example.com/"))
    assert page.status_code == 422
    assert "It must start with https" in words(page)


def test_a_hook_is_changed_given_a_new_secret_and_removed(as_member: Client, member: Member) -> None:
    hook = a_hook(member)
    before = hooks.opened(hook).secret.reveal()
    as_member.post(f"/notifications/hooks/{hook.pk}/", {"kinds": ["clip_failed", "attention"]})
    assert Hook.objects.get().kinds == ["clip_failed", "attention"]
    shown = as_member.post(f"/notifications/hooks/{hook.pk}/rotate/")
    assert "no-store" in shown["Cache-Control"]
    page = shown.content.decode()
    assert before not in page
    assert hooks.opened(Hook.objects.get()).secret.reveal() in page
    as_member.post(f"/notifications/hooks/{hook.pk}/remove/")
    assert 'class="card hook"' not in as_member.get("/notifications/settings/").content.decode()


def test_a_test_is_sent_by_the_outbox(as_member: Client, member: Member) -> None:
    hook = a_hook(member)
    page = as_member.post(f"/notifications/hooks/{hook.pk}/test/", follow=True)
    assert "Dailies can reach you here" in words(page)
    assert Delivery.objects.get().state == DeliveryState.WAITING


@pytest.mark.parametrize("whose", ["another", "team"])
@pytest.mark.parametrize("path", ["", "test/", "rotate/", "remove/"])
def test_hooks_of_others_are_not_there(whose: str, path: str, as_member: Client, admin: Member) -> None:
    hook = a_hook(admin if whose == "another" else None)
    assert (
        as_member.post(f"/notifications/hooks/{hook.pk}/{path}", {"kinds": ["attention"]}).status_code == 404
    )
    assert Hook.objects.active().get().kinds == ["clip_ready"]


def test_the_teams_hooks_are_the_admins(as_member: Client, as_admin: Client) -> None:
    for path in ("team/", "team/add/"):
        assert as_member.get(f"/notifications/{path}").status_code == 404
    as_admin.post("/notifications/team/add/", hook_form(kinds=list(Kind)))
    assert Hook.objects.of_team().get().kinds == list(Kind)
    assert "Clips" in words(as_admin.get("/notifications/team/"))


def test_an_admin_does_not_reach_into_anothers_hooks(as_admin: Client, member: Member) -> None:
    assert as_admin.post(f"/notifications/hooks/{a_hook(member).pk}/remove/").status_code == 404


def test_what_tells_prompts_is_offered_to_members_alone(as_member: Client, as_admin: Client) -> None:
    assert "Job report" in words(as_member.get("/notifications/hooks/add/"))
    assert "Job report" not in words(as_admin.get("/notifications/team/add/"))
    refused = as_admin.post("/notifications/team/add/", hook_form(form="job"))
    assert refused.status_code == 422
    assert not Hook.objects.exists()


def test_a_job_report_takes_the_ends_of_clips_and_nothing_else(as_member: Client) -> None:
    page = as_member.post(
        "/notifications/hooks/add/", hook_form(form="job", kinds=["clip_ready", "attention"])
    )
    assert page.status_code == 422
    assert "Choose only Clip ready and Clip failed" in words(page)
    as_member.post("/notifications/hooks/add/", hook_form(form="job", kinds=["clip_ready", "clip_failed"]))
    hook = Hook.objects.get()
    form = as_member.get(f"/notifications/hooks/{hook.pk}/").content.decode()
    assert form.count('name="kinds"') == 2


# ── Webhooks of API requests ────────────────────────────────────────────────────────────────────────────
def test_a_secret_that_programs_know_is_replaced_in_two_steps(as_member: Client, member: Member) -> None:
    address = "/notifications/settings/secret/"
    settings_page = "/notifications/settings/"
    assert f'href="{address}"' not in as_member.get(settings_page).content.decode(), "there is none yet"
    as_member.post(address)
    before = RequestSecret.objects.get().sealed
    assert f'href="{address}"' in as_member.get(settings_page).content.decode()
    assert "Create a new secret for webhooks of API requests?" in as_member.get(address).content.decode()
    assert RequestSecret.objects.get().sealed == before
    as_member.post(address)
    assert RequestSecret.objects.get().sealed != before


def test_the_secret_of_requests_is_shown_once_and_replaced(as_member: Client, member: Member) -> None:
    hook = hooks.for_request(member, URL)
    before = hooks.opened(hook).secret.reveal()
    assert before not in as_member.get("/notifications/settings/").content.decode()
    shown = as_member.post("/notifications/settings/secret/")
    assert "no-store" in shown["Cache-Control"]
    page = shown.content.decode()
    secret = hooks.opened(hook).secret.reveal()
    assert before != secret
    assert secret in page
    assert secret not in as_member.get("/notifications/settings/").content.decode()


def test_hooks_of_requests_are_not_among_those_that_one_looks_after(
    as_member: Client, member: Member
) -> None:
    hook = hooks.for_request(member, URL)
    page = words(as_member.get("/notifications/settings/"))
    assert "hooks.example.com" not in page
    for path in ("", "test/", "rotate/", "remove/"):
        assert as_member.post(f"/notifications/hooks/{hook.pk}/{path}").status_code == 404


def test_the_page_verifies_as_the_docs_do(as_member: Client) -> None:
    text = (django_settings.BASE_DIR / "docs/webhooks.md").read_text()
    recipe = must(re.search(r"```python\n(.*?)```", text, re.DOTALL))[1]
    assert recipe.strip() in html.unescape(as_member.get("/notifications/settings/").content.decode())


# ── The log ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def failed(member: Member) -> Delivery:
    a_hook(member)
    ready(1, member)
    Delivery.objects.update(state=DeliveryState.FAILED, last_error="It answered 404.", tries=1)
    return Delivery.objects.get()


def test_what_failed_says_why_and_goes_again(as_member: Client, failed: Delivery) -> None:
    page = words(as_member.get("/notifications/deliveries/"))
    assert "It answered 404." in page
    page = words(as_member.post(f"/notifications/deliveries/{failed.pk}/again/", follow=True))
    assert "Sending again." in page
    assert Delivery.objects.get().state == DeliveryState.WAITING


def test_what_arrived_says_how_it_was_answered_and_goes_again(as_member: Client, failed: Delivery) -> None:
    Delivery.objects.update(state=DeliveryState.SENT, last_error="", answer=204, sent_at=timezone.now())
    page = words(as_member.get("/notifications/deliveries/"))
    assert "Answered 204" in page
    assert "Send again" in page
    as_member.post(f"/notifications/deliveries/{failed.pk}/again/")
    again = Delivery.objects.get()
    assert (again.state, again.key) == (DeliveryState.WAITING, failed.key)


def test_a_mail_that_arrived_does_not_go_again(as_member: Client, failed: Delivery) -> None:
    mailed = {"channel": Channel.MAIL, "hook": None, "state": DeliveryState.SENT}
    Delivery.objects.update(**mailed, sent_at=timezone.now())
    assert "Send again" not in words(as_member.get("/notifications/deliveries/"))
    page = as_member.post(f"/notifications/deliveries/{failed.pk}/again/", follow=True)
    assert "Not sent: it is already being sent" in words(page)
    assert Delivery.objects.get().state == DeliveryState.SENT


def test_a_job_report_is_listed_by_the_word_that_its_receiver_reads(
    as_member: Client, member: Member
) -> None:
    a_job("failed", owner=member, hook=hooks.for_request(member, URL))
    page = words(as_member.get("/notifications/deliveries/"))
    assert "job.failed API requests hooks.example.com" in page


def test_everybody_sees_their_own_and_admins_all(as_admin: Client, failed: Delivery) -> None:
    other = Member.objects.create_user("other@example.com", role=Role.MANAGER)
    client = Client()
    client.force_login(other)
    assert "Clip 1" not in words(client.get("/notifications/deliveries/"))
    assert client.post(f"/notifications/deliveries/{failed.pk}/again/").status_code == 404
    assert "Clip 1" in words(as_admin.get("/notifications/deliveries/"))


def test_the_log_is_narrowed_by_state_and_comes_in_pages(
    as_member: Client, failed: Delivery, member: Member
) -> None:
    for number in range(2, 53):
        ready(number, member)
    assert (
        words(as_member.get("/notifications/deliveries/?state=failed")).count("is ready") == 2
    )  # and its button
    page = as_member.get("/notifications/deliveries/")
    (before,) = set(re.findall(r"before=(\d+)", page.content.decode()))
    rest = words(as_member.get(f"/notifications/deliveries/?before={before}"))
    assert "Clip 1 is" in rest
    assert "Clip 52" not in rest
