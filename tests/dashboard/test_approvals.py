"""The queue of what waits for a yes."""

import pytest
from django.test import Client

from studio.audit.models import Entry as AuditEntry
from studio.credits.balance import note_balance
from studio.jobs.models import Approval
from studio.notify.models import Notification
from studio.team.models import Member
from tests.dashboard.reading import text_of
from tests.factories import a_budget, a_job, a_manager, a_model, altered, fresh

pytestmark = pytest.mark.django_db
QUEUE = "/credits/approvals/"


@pytest.fixture
def as_manager() -> Client:
    client = Client()
    client.force_login(a_manager())
    return client


def test_whoever_decides_sees_all_that_one_needs_to(as_manager: Client, member: Member) -> None:
    a_budget(250)
    poster = "https://images.example.com/poster.jpg"
    job = a_job("approval", owner=member, prompt="a storm at sea", input_image_urls=(poster,))
    note_balance(job.connection_id, 1_000)
    page = text_of(as_manager.get(QUEUE))
    for said in (
        "Member requested a clip",
        "100 credits",
        "a storm at sea",
        poster,
        "Aspect ratio 16:9",
        "General",
    ):
        assert said in page
    assert "It costs 100 credits; requests of 1 or more need approval." in page
    assert "Balance after this 900 credits" in page
    assert "The whole team, each month 100 of 250 after this" in page


def test_the_badge_counts_what_this_person_may_decide(as_manager: Client, as_member: Client) -> None:
    a_job("approval")
    assert "1 waiting for approval" in text_of(as_manager.get("/jobs/"))
    assert "1 waiting for approval" not in text_of(as_member.get("/jobs/"))


def test_a_yes_sends_it_and_tells_who_asked(as_manager: Client, member: Member) -> None:
    job = a_job("approval", owner=member)
    said = as_manager.post(
        f"{QUEUE}{job.submission.approval_id}/", {"verdict": "yes", "note": "Go."}, follow=True
    )
    assert "Approved: Member’s request is queued." in text_of(said)
    assert "by manager" in text_of(said)
    assert fresh(job).state == "queued"
    told = Notification.objects.get(kind="approval_decided")
    assert (told.person, told.title, told.text) == (member, "manager approved your request", "Go.")
    assert AuditEntry.objects.get(action="approval.approved").detail["note"] == "Go."


def test_a_no_says_why_on_the_clips_page(as_manager: Client, as_member: Client, member: Member) -> None:
    job = a_job("approval", owner=member)
    as_manager.post(
        f"{QUEUE}{job.submission.approval_id}/", {"verdict": "no", "note": "Too dear for a test."}
    )
    page = text_of(as_member.get(f"/jobs/{job.pk}/"))
    assert "manager declined this request. It was never sent and nothing was charged." in page
    assert "Too dear for a test." in page
    assert fresh(job).credits == 0


def test_a_second_decision_changes_nothing(as_manager: Client) -> None:
    job = a_job("approval")
    address = f"{QUEUE}{job.submission.approval_id}/"
    as_manager.post(address, {"verdict": "no"})
    said = as_manager.post(address, {"verdict": "yes"}, follow=True)
    assert "Nothing changed: it was already decided or withdrawn." in text_of(said)
    assert fresh(job).state == "declined"


@pytest.mark.parametrize("form", [{}, {"verdict": "perhaps"}, {"verdict": "yes", "note": "x" * 1_001}])
def test_what_is_no_decision_changes_nothing(form: dict[str, str], as_manager: Client) -> None:
    job = a_job("approval")
    as_manager.post(f"{QUEUE}{job.submission.approval_id}/", form)
    assert Approval.objects.get().verdict == ""
    assert fresh(job).state == "approval"


def test_a_member_sees_the_own_requests_only(as_member: Client, member: Member) -> None:
    a_job("approval", owner=member, prompt="my own wish")
    a_job("approval", owner=a_manager("other@example.com"), prompt="somebody else's wish")
    page = text_of(as_member.get(QUEUE))
    assert "my own wish" in page
    assert "somebody else's wish" not in page


def test_a_private_prompt_is_hidden_from_who_decides(as_manager: Client, member: Member) -> None:
    job = altered(a_job("approval", owner=member, prompt="a secret"), is_private=True)
    page = text_of(as_manager.get(QUEUE))
    assert "a secret" not in page
    assert "Private: only Member can see the prompt." in page
    assert "100 credits" in page
    assert job.pk


def test_whoever_asked_withdraws_it_on_the_clips_page(as_member: Client, member: Member) -> None:
    job = a_job("approval", owner=member)
    assert "It will be sent once it is approved." in text_of(as_member.get(f"/jobs/{job.pk}/"))
    as_member.post(f"/jobs/{job.pk}/cancel/")
    assert Approval.objects.get().verdict == "withdrawn"
    assert "Withdrawn your request" in text_of(as_member.get(QUEUE))


def test_who_approves_reads_again_that_the_price_is_unknown(as_manager: Client, member: Member) -> None:
    a_budget(500)
    a_model(credits={"amount": 0.9, "currency": "USD"})
    job = a_job("queued", owner=member)
    page = text_of(as_manager.get(QUEUE))
    assert "The price is not understood (as published: 0.9 USD), so its cost is not known" in page
    assert "price unknown" in page
    assert "Approve at an unknown price" in page
    as_manager.post(f"{QUEUE}{job.submission.approval_id}/", {"verdict": "yes"})
    assert fresh(job).state == "queued"


def test_the_only_manager_confirms_an_unknown_price_on_this_page(as_manager: Client) -> None:
    a_budget(500)
    a_model(credits={"amount": 0.9, "currency": "USD"})
    job = a_job("queued", owner=a_manager())
    assert "1 waiting for approval" in text_of(as_manager.get("/jobs/"))
    page = text_of(as_manager.get(QUEUE))
    assert "The price is not understood (as published: 0.9 USD)" in page
    assert "No one else can approve this, so you can confirm it yourself" in page
    said = as_manager.post(f"{QUEUE}{job.submission.approval_id}/", {"verdict": "yes"}, follow=True)
    assert "Approved: your request is queued." in text_of(said)
    assert fresh(job).state == "queued"
    assert AuditEntry.objects.filter(action="approval.approved").count() == 1


def test_a_manager_with_colleagues_does_not_decide_on_the_own_request(as_manager: Client) -> None:
    a_budget(500)
    a_model(credits="$0.9")
    job = a_job("queued", owner=a_manager())
    a_manager("second@example.com")
    assert "Approve" not in text_of(as_manager.get(QUEUE)).partition("You ask")[2]
    answer = as_manager.post(f"{QUEUE}{job.submission.approval_id}/", {"verdict": "yes"})
    assert answer.status_code == 404
    assert fresh(job).state == "approval"
