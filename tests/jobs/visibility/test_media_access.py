"""Who may open a file of our own storage: the rule itself. tests/dashboard/test_private.py has the pages."""

from uuid import uuid4

import pytest

from studio.catalog.models import Connection
from studio.jobs.models import Job
from studio.jobs.visibility.media_access import Access, access
from studio.team.models import Member
from tests.factories import a_job, a_member, altered, store

pytestmark = pytest.mark.django_db
DIGEST, OTHER = "d" * 64, "e" * 64
NAME = f"clips/dd/{DIGEST}.mp4"
DRAWN = (f"clips/dd/{DIGEST}-thumb.jpg", f"clips/dd/{DIGEST}-poster.jpg", f"clips/dd/{DIGEST}-proxy.mp4")


@pytest.fixture
def others(db: None) -> tuple[Member, ...]:
    roles = (Member.Role.ADMIN, Member.Role.MANAGER, Member.Role.MEMBER, Member.Role.VIEWER)
    return tuple(a_member(f"another-{role}@example.com", role=role) for role in roles)


def a_kept_clip(owner: Member, *, is_private: bool, sha256: str = DIGEST) -> Job:
    return store(a_job("completed", owner=owner, is_private=is_private), sha256=sha256)


@pytest.mark.parametrize("name", [NAME, *DRAWN])
def test_the_files_of_a_private_clip_open_for_its_maker_alone(
    name: str, member: Member, others: tuple[Member, ...]
) -> None:
    a_kept_clip(member, is_private=True)
    assert access(member, name) is Access.OWN
    assert {access(other, name) for other in others} == {Access.NONE}


def test_the_files_of_the_other_clips_open_for_everyone(member: Member, others: tuple[Member, ...]) -> None:
    a_kept_clip(member, is_private=False)
    a_kept_clip(member, is_private=True, sha256=OTHER)
    assert {access(person, NAME) for person in (member, *others)} == {Access.OPEN}


def test_an_equal_file_of_a_clip_of_the_team_is_open(member: Member, others: tuple[Member, ...]) -> None:
    """Equal files have one name, so what the team has cannot be closed by one who has it, too."""
    a_kept_clip(member, is_private=True)
    a_kept_clip(others[2], is_private=False)
    assert {access(person, NAME) for person in (member, *others)} == {Access.OPEN}


def test_an_equal_file_of_two_private_clips_opens_for_both_makers(
    member: Member, others: tuple[Member, ...]
) -> None:
    a_kept_clip(member, is_private=True)
    a_kept_clip(others[2], is_private=True)
    assert [access(person, NAME) for person in (member, others[2], others[0])] == [
        Access.OWN,
        Access.OWN,
        Access.NONE,
    ]


def test_whoever_looks_after_a_private_clip_later_does_not_open_it(member: Member, admin: Member) -> None:
    job = a_kept_clip(member, is_private=True)
    altered(job, owner=admin)
    assert (access(member, NAME), access(admin, NAME)) == (Access.OWN, Access.NONE)


@pytest.mark.parametrize("name", ["takes/day.mp4", f"clips/dd/{DIGEST}", "clips/dd/short.mp4", "x"])
def test_a_name_that_no_clip_has_is_no_secret(name: str, member: Member, admin: Member) -> None:
    a_kept_clip(member, is_private=True)
    assert access(admin, name) is Access.OPEN


# ── The sandbox ──────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("ending", ["mp4", "jpg"])
def test_what_the_sandbox_drew_for_a_private_clip_opens_for_its_maker_alone(
    ending: str, member: Member, admin: Member
) -> None:
    job = a_job("completed", owner=member, is_private=True)
    name = f"sandbox/{job.upstream_id}.{ending}"
    assert (access(member, name), access(admin, name)) == (Access.OWN, Access.NONE)
    assert access(admin, f"sandbox/{uuid4()}.{ending}") is Access.OPEN


def test_the_number_of_a_studio_s_clip_says_nothing_about_the_sandbox_s(
    member: Member, admin: Member
) -> None:
    """Two connections may give two clips the same number."""
    job = a_job("completed", owner=member, is_private=True)
    Connection.objects.filter(pk=job.connection_id).update(
        kind=Connection.Kind.HTTP, base_url="https://studio.example.com"
    )
    assert access(admin, f"sandbox/{job.upstream_id}.mp4") is Access.OPEN
