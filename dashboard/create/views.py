"""The create page: write a prompt, pick a model, see the price, send it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from dashboard.access import maker_required
from dashboard.create.draft import Draft, NoModels, any_model, first_draft, posted_draft, redraft
from dashboard.create.picker import is_refreshing, picker
from dashboard.create.price import quote_again, quote_posted
from dashboard.jobs.live import recent_context
from dashboard.shared.requests import MemberRequest
from studio.catalog.connections import ask_refresh, default_connection
from studio.catalog.models import Connection
from studio.jobs.intents import new_token
from studio.jobs.models import Job
from studio.jobs.submit import CannotSubmit, Intent, submit
from studio.worker.models import Heartbeat

type View = Callable[..., HttpResponse]


def two_faces(view: View) -> View:
    """The page and its fragment share one address: caches must keep them apart."""
    return vary_on_headers("HX-Request", "HX-Target")(view)


@two_faces
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: MemberRequest) -> HttpResponse:
    if not request.user.makes_clips:
        return _for_viewers(request)
    connection = default_connection()
    try:
        if request.method == "POST":
            return _send(request, connection)
        return _show(request, connection, first_draft(request, connection))
    except NoModels:
        return _without_models(request, connection)


@two_faces
@require_POST
@maker_required
def fields(request: MemberRequest) -> HttpResponse:
    """The fields of another model, with every value that is legal there."""
    connection = default_connection()
    model = connection.models.offered().with_slug(request.POST.get("model_slug")) or any_model(connection)
    if model is None:
        return _without_models(request, connection)
    return _show(request, connection, redraft(request.user, model, request.POST))


@require_POST
@maker_required
def estimate(request: MemberRequest) -> HttpResponse:
    model = default_connection().models.offered().with_slug(request.POST.get("model_slug"))
    if model is None:
        return HttpResponse(status=204)
    return render(request, "create/estimate.html", {"quote": quote_posted(request.user, model, request.POST)})


@require_POST
@maker_required
def refresh(request: MemberRequest) -> HttpResponse:
    """Ask the worker to read the models again. The form keeps its values."""
    ask_refresh(default_connection())
    return redirect("dashboard:models-read") if request.htmx else fields(request)


@require_GET
@maker_required
def models_read(request: MemberRequest) -> HttpResponse:
    """When the models were last updated; and, once a refresh is finished, the models themselves."""
    connection = default_connection()
    context = {"connection": connection, "is_refreshing": is_refreshing(connection)}
    if not context["is_refreshing"]:
        context |= {"picker": picker(connection, request.user), "chosen": request.GET.get("model_slug")}
    return render(request, "create/models_read.html", context)


def _send(request: MemberRequest, connection: Connection) -> HttpResponse:
    draft = posted_draft(request.user, request.POST, connection)
    if not draft.can_be_sent(anyway="send_anyway" in request.POST):
        return _show(request, connection, draft, status=422)
    intent = Intent(
        owner=request.user,
        model=draft.model,
        request=draft.form.request,
        token=draft.token,
        variations=draft.variations,
        project=draft.project,
        is_private=draft.form.cleaned_data["is_private"],
    )
    try:
        jobs = submit(intent)
    except CannotSubmit as error:
        draft.complain(error.errors)
        draft.short = error.short
        return _show(request, connection, draft, status=422)
    return _sent(request, connection, draft, jobs)


def _sent(request: MemberRequest, connection: Connection, draft: Draft, jobs: list[Job]) -> HttpResponse:
    """The form stays as it is for the next clip, with a new token and the new balance."""
    draft.sent, draft.token = len(jobs), new_token()
    draft.needs_approval = jobs[0].state == Job.State.APPROVAL
    draft.quote = quote_again(draft.quote, request.user, draft.model, draft.project)
    if request.htmx:
        response = _show(request, connection, draft)
        response.headers["HX-Trigger"] = "jobs-changed"
        return response
    messages.success(request, draft.sent_words)
    return redirect(f"{reverse('dashboard:create')}?from={jobs[0].pk}")


def _show(request: MemberRequest, connection: Connection, draft: Draft, status: int = 200) -> HttpResponse:
    context = {"draft": draft, "form": draft.form, "quote": draft.quote, "capability": draft.model.capability}
    if not request.htmx or draft.model.slug != request.POST.get("model_slug"):
        context |= {"picker": picker(connection, request.user), "chosen": draft.model.slug}
    if request.htmx:
        return render(request, "create/answer.html", context, status=status)
    context |= {"connection": connection, "is_refreshing": is_refreshing(connection)}
    context |= recent_context(request.user)
    return render(request, "create/create.html", context, status=status)


def _for_viewers(request: MemberRequest) -> HttpResponse:
    """People who make no clips start on the list of everyone's clips."""
    if request.method == "POST":
        raise Http404("Viewers can’t create clips.")
    return redirect("dashboard:job-list")


def _without_models(request: MemberRequest, connection: Connection) -> HttpResponse:
    """No clips can be made yet: the page polls until there are models."""
    if request.htmx:
        return HttpResponse(status=204)
    worker = Heartbeat.last_seen()
    context = {"connection": connection, "worker_is_silent": worker is None or worker.is_silent}
    return render(request, "create/without_models.html", context)


@require_GET
@maker_required
def wait_for_models(request: MemberRequest) -> HttpResponse:
    """Polled by the page without models: reloads it once there are some."""
    answer = HttpResponse(status=204)
    if any_model(default_connection()) is not None:
        answer.headers["HX-Refresh"] = "true"
    return answer
