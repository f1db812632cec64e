"""Projects as people meet them: their pages, the choice on the create page, and what each begins with."""

import re
from typing import Any

import pytest
from django.test import Client

from studio.audit.models import Entry
from studio.catalog.connections import default_connection
from studio.catalog.refresh import mirror
from studio.contract.decode import decode_models
from studio.jobs.models import Job
from studio.projects.models import Project
from studio.team.models import Member
from tests.dashboard.reading import rows_of
from tests.factories import VEO, a_budget, a_job, a_manager, a_member, a_model, a_project

pytestmark = pytest.mark.django_db
WISH = {"model_slug": "veo31_fast", "prompt": "a lighthouse", "aspect_ratio": "16:9", "duration_seconds": "8"}
FORM = {"name": "Autumn", "client": "Acme", "colour": "teal", "for_whom": "all"}
KLING: dict[str, Any] = {
    "model_slug": "kling",
    "name": "Kling",
    "durations": [5, 10],
    "quality_modes": ["std", "pro"],
    "sound": True,
}


@pytest.fixture
def manager() -> Client:
    client = Client()
    client.force_login(a_manager())
    return client


def two_models() -> None:
    mirror(default_connection(), decode_models({"models": [VEO, {**VEO, **KLING}]}))


def chosen(page: str, name: str) -> str:
    """The value of the radio or the option that is chosen."""
    radio = re.search(rf'<input type="radio" name="{name}" value="([^"]*)"[^>]*checked', page)
    select = re.search(rf'<select name="{name}".*?<option value="([^"]*)" selected', page, re.DOTALL)
    found = radio or select
    return found[1] if found else ""


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_manager_makes_a_project_with_what_its_clips_begin_with(manager: Client) -> None:
    a_model(**KLING)
    settings = {"model_slug": "kling", "duration_seconds": "10", "quality_mode": "pro", "sound": "on"}
    response = manager.post("/projects/add/", {**FORM, **settings, "approve_from": "300"}, follow=True)
    project = Project.objects.get(name="Autumn")
    assert project.defaults == {
        "model_slug": "kling", "duration_seconds": 10, "quality_mode": "pro", "sound": True,
    }  # fmt: skip
    assert (project.client, project.colour, project.approve_from) == ("Acme", "teal", 300)
    assert "Kling, 10 s, pro, with sound" in response.content.decode()
    assert Entry.objects.get(action="project.created").detail["colour"] == "teal"


def test_what_a_model_does_not_take_cannot_be_a_project_s_setting(manager: Client) -> None:
    a_model(**KLING)
    response = manager.post("/projects/add/", {**FORM, "model_slug": "kling", "duration_seconds": "7"})
    assert response.status_code == 422
    assert "5 or 10" in response.content.decode()
    assert not Project.objects.filter(name="Autumn").exists()


def test_settings_follow_the_model_and_keep_what_is_legal_there(manager: Client) -> None:
    a_model()
    page = manager.post("/projects/settings/", {"model_slug": "veo31_fast", "aspect_ratio": "9:16"}).content
    assert chosen(page.decode(), "aspect_ratio") == "9:16"
    assert b"quality_mode" not in page
    assert manager.post("/projects/settings/", {"model_slug": ""}).content.strip() == b""


def test_a_setting_that_became_illegal_is_dropped_with_a_sentence(manager: Client) -> None:
    a_model()
    project = a_project(defaults={"model_slug": "veo31_fast", "aspect_ratio": "4:3", "duration_seconds": 8})
    page = manager.get(f"/projects/{project.pk}/edit/").content.decode()
    assert "Not used: " in page
    assert "4:3" in page
    assert chosen(page, "duration_seconds") == "8"
    manager.post(
        f"/projects/{project.pk}/edit/", {**FORM, "model_slug": "veo31_fast", "duration_seconds": "8"}
    )
    project.refresh_from_db()
    assert project.defaults == {"model_slug": "veo31_fast", "duration_seconds": 8}


def test_a_project_for_chosen_people_needs_one(manager: Client) -> None:
    response = manager.post("/projects/add/", {**FORM, "for_whom": "members"})
    assert "Choose at least one person." in response.content.decode()
    manager.post("/projects/add/", {**FORM, "for_whom": "members", "members": [a_member().pk]})
    project = Project.objects.get(name="Autumn")
    assert (project.is_for_all, list(project.members.all())) == (False, [a_member()])


def test_a_change_is_recorded_with_what_changed_and_no_change_is_not(manager: Client) -> None:
    project = a_project("Autumn", client="Acme", colour="teal")
    for _ in range(2):
        manager.post(f"/projects/{project.pk}/edit/", {**FORM, "colour": "rose"})
    assert Entry.objects.get(action="project.changed").detail == {"colour": "rose", "name": "Autumn"}


def test_two_projects_cannot_have_one_name(manager: Client) -> None:
    a_project("Autumn")
    assert "Another project already has this name." in manager.post("/projects/add/", FORM).content.decode()


def test_an_archived_project_takes_nothing_new_until_it_is_taken_back(manager: Client) -> None:
    project = a_project()
    assert (
        "existing clips and reports are kept"
        in manager.get(f"/projects/{project.pk}/archive/").content.decode()
    )
    assert not Project.objects.get(pk=project.pk).is_archived
    manager.post(f"/projects/{project.pk}/archive/")
    assert Project.objects.get(pk=project.pk).is_archived
    manager.post(f"/projects/{project.pk}/restore/")
    assert not Project.objects.get(pk=project.pk).is_archived
    actions = Entry.objects.filter(about=f"project:{project.pk}").order_by("number")
    assert list(actions.values_list("action", flat=True)) == ["project.archived", "project.restored"]


def test_the_general_project_is_never_archived(manager: Client) -> None:
    general = Project.objects.general()
    page = manager.post(f"/projects/{general.pk}/archive/", follow=True).content.decode()
    assert "can’t be archived" in page
    assert not Project.objects.general().is_archived


def test_the_list_tells_what_each_project_cost_this_month(as_member: Client) -> None:
    a_job("completed", project=a_project())
    a_job("completed", project=a_project("Winter"))
    a_project("Winter", is_archived=True)
    page = as_member.get("/projects/").content.decode()
    assert page.count("<strong>100 credits</strong>") == 2
    assert page.index("Spring campaign") < page.index("<summary>Archived") < page.index("Winter")


def test_the_page_of_a_project_shows_its_clips_and_its_budgets(as_member: Client) -> None:
    mine, _ = a_job(project=a_project()), a_job()
    a_budget(700, scope="project", project=a_project())
    page = as_member.get(f"/projects/{a_project().pk}/").content.decode()
    assert [row["data-job-id"] for row in rows_of(page)] == [str(mine.pk)]
    assert "of 700 credits" in page
    assert f'href="/jobs/?project={a_project().pk}"' in page


def test_the_job_list_is_narrowed_to_a_project(as_member: Client) -> None:
    mine, _ = a_job(project=a_project()), a_job()
    page = as_member.get(f"/jobs/?project={a_project().pk}").content.decode()
    assert [row["data-job-id"] for row in rows_of(page)] == [str(mine.pk)]
    assert chosen(page, "project") == str(a_project().pk)
    assert '<span class="colour" data-colour="grey"></span>Spring campaign' in page


# ── Create ───────────────────────────────────────────────────────────────────────────────────────────────
def test_without_another_project_there_is_nothing_to_choose(as_member: Client) -> None:
    a_model()
    assert 'name="project"' not in as_member.get("/").content.decode()
    as_member.post("/", {**WISH})
    assert Job.objects.get().project.is_general


def test_a_clip_is_made_in_the_chosen_project_which_is_remembered(as_member: Client) -> None:
    a_model()
    project = a_project()
    assert chosen(as_member.get("/").content.decode(), "project") == str(Project.objects.general().pk)
    assert chosen(as_member.get(f"/?project={project.pk}").content.decode(), "project") == str(project.pk)
    as_member.post("/", {**WISH, "project": project.pk})
    assert Job.objects.get().project == project
    assert chosen(as_member.get("/").content.decode(), "project") == str(project.pk)


@pytest.mark.parametrize("gone", ["archived", "for others", "none"])
def test_a_project_that_may_not_be_used_is_refused_at_its_field(gone: str, as_member: Client) -> None:
    a_model()
    project = a_project(is_archived=gone == "archived")
    if gone == "for others":
        project = a_project("Spring campaign", a_member("other@example.com"))
    response = as_member.post("/", {**WISH, "project": 999 if gone == "none" else project.pk})
    assert response.status_code == 422
    assert "You can no longer create clips in that project" in response.content.decode()
    assert not Job.objects.exists()


def test_a_project_brings_its_model_and_settings(as_member: Client) -> None:
    a_model(), a_model(**KLING)
    project = a_project(defaults={"model_slug": "kling", "duration_seconds": 10, "quality_mode": "pro"})
    page = as_member.get(f"/?project={project.pk}").content.decode()
    assert (chosen(page, "duration_seconds"), chosen(page, "quality_mode")) == ("10", "pro")


def test_another_project_changes_what_nobody_chose_and_keeps_what_somebody_did(as_member: Client) -> None:
    a_model()
    general = Project.objects.general()
    project = a_project(defaults={"model_slug": "veo31_fast", "aspect_ratio": "9:16"})
    stood = {**WISH, "made_for": "veo31_fast 1", "made_in": general.pk, "project": project.pk}
    assert chosen(_fields(as_member, **stood), "aspect_ratio") == "9:16"  # 16:9 is what the form began with
    assert chosen(_fields(as_member, **{**stood, "aspect_ratio": "Auto"}), "aspect_ratio") == "Auto"


def test_a_project_s_model_is_taken_where_habit_alone_chose(member: Member, as_member: Client) -> None:
    two_models()
    a_job(owner=member)  # with Veo, which is then the usual one
    project = a_project(defaults={"model_slug": "kling", "duration_seconds": 10})
    posted = {"made_in": Project.objects.general().pk, "project": project.pk, "duration_seconds": ""}
    usual = _fields(as_member, **{**WISH, **posted}, made_for="veo31_fast 1")
    assert chosen(usual, "duration_seconds") == "10"
    general = {**posted, "made_in": project.pk, "project": Project.objects.general().pk}
    back = _fields(as_member, **{**WISH, **general, "model_slug": "kling"}, made_for="kling 1")
    assert 'name="made_for" value="kling ' in back  # the general one has no model of its own


def test_a_project_s_model_that_is_gone_is_told(as_member: Client) -> None:
    a_model()
    project = a_project(defaults={"model_slug": "gone_model"})
    page = as_member.get(f"/?project={project.pk}").content.decode()
    assert "The default model of Spring campaign, gone_model, is no longer available." in page


def test_settings_are_used_again_in_their_project_and_as_private_as_they_were(
    member: Member, as_member: Client
) -> None:
    a_model()
    job = a_job(owner=member, project=a_project(), is_private=True)
    a_job(owner=member)
    page = as_member.get(f"/?from={job.pk}").content.decode()
    assert chosen(page, "project") == str(job.project_id)
    assert re.search(r'name="is_private"[^>]*checked', page)
    a_project(is_archived=True)
    assert chosen(as_member.get(f"/?from={job.pk}").content.decode(), "project") == ""  # nothing to choose


def test_a_private_clip_is_asked_for_with_one_tick(as_member: Client) -> None:
    a_model()
    as_member.post("/", {**WISH, "is_private": "on"})
    assert Job.objects.get().is_private


def test_what_is_published_cannot_be_private(as_member: Client) -> None:
    a_model()
    response = as_member.post("/", {**WISH, "is_private": "on", "prompt_directory_optin": "on"})
    assert response.status_code == 422
    assert "it can’t be private" in response.content.decode()


def _fields(client: Client, **posted: object) -> str:
    return client.post("/fields/", posted, headers={"HX-Request": "true"}).content.decode()


def test_the_budget_of_the_project_is_the_one_that_counts(as_member: Client) -> None:
    a_model()
    project = a_project()
    a_budget(50, scope="project", project=project)
    page = as_member.post("/estimate/", {**WISH, "project": project.pk}).content.decode()
    assert "50" in page
    assert as_member.post("/", {**WISH, "project": project.pk}).status_code == 422
    assert as_member.post("/", WISH).status_code == 302
    assert Job.objects.get().project.is_general
