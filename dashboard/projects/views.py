"""The list of projects, the page of one, and managing them for managers."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.access import manager_required
from dashboard.jobs.live import live_list
from dashboard.projects.forms import ProjectForm, SettingsForm, begun_with, settings_form
from dashboard.projects.spending import Spent, budgets_of, month_start, this_month
from dashboard.shared.confirmation import Confirmation, ask
from dashboard.shared.requests import MemberRequest
from studio.catalog.connections import default_connection
from studio.catalog.models import StudioModel
from studio.contract.words import phrases
from studio.core.errors import UserFacingError
from studio.jobs.queries import JobFilter
from studio.projects import changes
from studio.projects.models import Project


@dataclass(frozen=True, slots=True)
class Line:
    """A project in the list."""

    project: Project
    spent: Spent
    is_usable: bool  # by the viewer


@require_safe
def project_list(request: MemberRequest) -> HttpResponse:
    spent = this_month()
    usable = set(Project.objects.usable_by(request.user).values_list("pk", flat=True))
    found = Project.objects.order_by("-is_general", "name").prefetch_related("members")
    lines = [Line(project, spent.get(project.pk, Spent()), project.pk in usable) for project in found]
    context = {
        "lines": [line for line in lines if not line.project.is_archived],
        "archived": [line for line in lines if line.project.is_archived],
        "month": month_start(),
    }
    return render(request, "projects/list.html", context)


@require_safe
def project_detail(request: MemberRequest, project_id: int) -> HttpResponse:
    project = get_object_or_404(Project, pk=project_id)
    model = _model(project.defaults.get("model_slug", ""))
    begins, gone = begun_with(project.defaults, model)
    context = {
        "project": project,
        "recent": live_list(request.user, "recent", JobFilter(project=project.pk)),
        "spent": this_month().get(project.pk, Spent()),
        "month": month_start(),
        "budgets": budgets_of(project),
        "model": model,
        "begins": list(phrases(begins, model.capability)) if model else [],
        "gone": gone,
        "is_usable": Project.objects.usable_by(request.user).filter(pk=project.pk).exists(),
    }
    return render(request, "projects/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def project_add(request: MemberRequest) -> HttpResponse:
    return _edit(request, Project())


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def project_edit(request: MemberRequest, project_id: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Project, pk=project_id))


@require_POST
@manager_required
def project_settings(request: MemberRequest) -> HttpResponse:
    """The settings of another model, for the form of a project; values that it accepts stay."""
    model = _model(request.POST.get("model_slug", ""))
    form = settings_form(model)(request.POST)
    form.is_valid()
    kept, dropped = begun_with(form.cleaned_data, model)
    return _settings(request, settings_form(model)(initial=kept), dropped)


def _settings(request: MemberRequest, form: SettingsForm, dropped: list[str]) -> HttpResponse:
    return render(request, "projects/settings.html", {"settings": form, "dropped": dropped})


def _edit(request: MemberRequest, project: Project) -> HttpResponse:
    if request.method != "POST":
        model = _model(project.defaults.get("model_slug", ""))
        begins, gone = begun_with(project.defaults, model)
        return _form(request, ProjectForm(instance=project), settings_form(model)(initial=begins), gone)
    form = ProjectForm(request.POST, instance=project)
    settings = settings_form(_model(request.POST.get("model_slug", "")))(request.POST)
    if not (form.is_valid() & settings.is_valid()):
        return _form(request, form, settings, [], status=422)
    project = form.save(commit=False)
    project.defaults = settings.settings
    changes.save(project, form.people, by=request.user)
    messages.success(request, f"{project} saved.")
    return redirect("dashboard:project-detail", project_id=project.pk)


def _form(
    request: MemberRequest, form: ProjectForm, settings: SettingsForm, dropped: list[str], status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "settings": settings, "dropped": dropped}
    context["project"] = Project.objects.filter(pk=form.instance.pk).first()
    return render(request, "projects/edit.html", context, status=status)


def _model(slug: str) -> StudioModel | None:
    return default_connection().models.offered().with_slug(slug)


@require_http_methods(["GET", "HEAD", "POST"])
@manager_required
def project_archive(request: MemberRequest, project_id: int) -> HttpResponse:
    project = get_object_or_404(Project, pk=project_id)
    if request.method != "POST" and not project.is_archived and not project.is_general:
        return ask(request, _archiving(project))
    try:
        if request.method == "POST" and changes.archive(project, by=request.user):
            messages.success(request, f"{project} archived. No new clips can be made in it.")
        else:
            messages.warning(request, f"Nothing changed: {_why_not(project)}")
    except UserFacingError as refusal:
        messages.warning(request, refusal.sentence)
    return redirect("dashboard:project-detail", project_id=project_id)


def _why_not(project: Project) -> str:
    return (
        "the general project cannot be archived." if project.is_general else f"{project} is already archived."
    )


def _archiving(project: Project) -> Confirmation:
    return Confirmation(
        title=f"Archive {project}?",
        text=(
            "No new clips can be made in it. Unfinished clips continue, and existing clips and reports are kept."
            " You can restore it at any time."
        ),
        button="Archive",
        back=reverse("dashboard:project-detail", args=[project.pk]),
    )


@require_POST
@manager_required
def project_restore(request: MemberRequest, project_id: int) -> HttpResponse:
    project = get_object_or_404(Project, pk=project_id)
    if changes.restore(project, by=request.user):
        messages.success(request, f"{project} restored.")
    return redirect("dashboard:project-detail", project_id=project_id)
