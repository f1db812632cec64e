"""One state of the create form: what the page shows, and what a press on Generate would send."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import QueryDict

from dashboard.create.form import CreateForm, form_for, posted_token, posted_values, posted_variations
from dashboard.create.picker import recently_used
from dashboard.create.price import Quote, legal_request, posted_request, quote
from dashboard.create.project import (
    Choice,
    beginning,
    choice_for,
    default_model,
    moved,
    posted_choice,
    without_model,
)
from dashboard.create.widgets import html_name
from dashboard.shared.query_reader import whole_number
from dashboard.shared.requests import MemberRequest
from dashboard.shared.words import amount
from studio.catalog.models import Connection, StudioModel
from studio.contract.capability import Capability
from studio.contract.request import GenerateRequest
from studio.contract.rules import defaults, keep_legal, legal_mode
from studio.credits.budgets import BudgetStatus
from studio.jobs.intents import new_token
from studio.jobs.models import Job
from studio.projects.models import Project
from studio.team.models import Member


@dataclass
class Draft:
    """``request`` is what the quote is for. ``dropped`` has the sentences about values of another model, or of an older
    version of this one, that were not kept.
    """

    model: StudioModel
    form: CreateForm
    owner: Member
    project: Project
    request: GenerateRequest
    prompt: str = ""
    variations: int = 1
    token: UUID = field(default_factory=new_token)
    dropped: list[str] = field(default_factory=list)
    trouble: str = ""  # a sentence about the request as a whole
    is_too_dear: bool = False  # refused for the balance we know, which may be old: may be sent anyway
    short: BudgetStatus | None = None  # the hard budget that refuses it
    sent: int = 0  # clips
    needs_approval: bool = False  # those that were sent

    @cached_property
    def quote(self) -> Quote:
        """Computed when it is first needed, because a price takes queries."""
        return quote(self.owner, self.model, self.request, self.variations, self.project)

    @property
    def made_for(self) -> str:
        """The model, and the version of it, that the fields were built for: posted with them."""
        return f"{self.model.slug} {self.model.revision}"

    @property
    def sent_words(self) -> str:
        clips = f"{self.sent} clip{'' if self.sent == 1 else 's'}"
        return f"Waiting for approval: {clips}." if self.needs_approval else f"Queued: {clips}."

    @property
    def missing(self) -> int:
        """Credits that the budget lacks for this request."""
        return max(0, (self.quote.total or 0) - self.short.left) if self.short else 0

    def can_be_sent(self, *, anyway: bool) -> bool:
        """False when something prevents sending; the draft then says what."""
        if self.trouble or self.dropped or not self.form.is_valid():
            return False
        if short := self.quote.check.short:
            self.trouble, self.short = self.quote.check.refusal, short
            return False
        if self.quote.is_too_dear and not anyway:
            self.trouble, self.is_too_dear = self.quote.shortage, True
            return False
        return True

    def complain(self, sentences: Mapping[str, str]) -> None:
        """Put each sentence at its field, or over the button where the form has no such field."""
        for name, sentence in sentences.items():
            if html_name(name) in self.form.fields:
                self.form.add_sentence(html_name(name), sentence)
            else:
                self.trouble = f"{self.trouble} {sentence}".strip()


class NoModels(Exception):
    """The connection offers no model, so there is no form to build."""


def any_model(connection: Connection) -> StudioModel | None:
    return connection.models.offered().first()


def some_model(connection: Connection) -> StudioModel:
    """Raises NoModels. The last one may be withdrawn at any moment."""
    if model := any_model(connection):
        return model
    raise NoModels


def first_draft(request: MemberRequest, connection: Connection) -> Draft:
    """A new form: like an earlier job (``?from=``), for a named model, or for the usual one. Raises NoModels."""
    choice = choice_for(request.user, request.GET.get("project", ""))
    earlier = whole_number(request.GET.get("from", ""))
    visible = Job.objects.for_user(request.user)
    job = visible.filter(pk=earlier).first() if earlier is not None else None
    if job and not job.is_hidden:
        return _draft_from(request.user, job, connection, choice.with_project(job.project_id))
    usual = [
        request.GET.get("model"),
        choice.project.defaults.get("model_slug"),
        *recently_used(connection, request.user),
    ]
    found = (model for slug in usual if (model := connection.models.offered().with_slug(slug)))
    model = next(found, None) or some_model(connection)
    values, gone = beginning(choice.project, model)
    draft = _draft(request.user, model, values, choice)
    draft.dropped += without_model(choice.project, connection) + gone
    return draft


def _draft_from(owner: Member, job: Job, connection: Connection, choice: Choice) -> Draft:
    """As private as the earlier one was."""
    model = connection.models.offered().with_slug(job.model_slug)
    values = job.generate_request.to_json()
    draft = _draft(owner, model or some_model(connection), values, choice, is_private=job.is_private)
    if model is None:
        draft.trouble = f"{job.model_name} is no longer available. Choose another model."
    elif job.state == Job.State.REJECTED and job.error:
        draft.complain({job.error_field: job.error})
    return draft


def redraft(owner: Member, model: StudioModel, data: QueryDict) -> Draft:
    """The same values for another model; or in another project, with that project's defaults."""
    choice, before = posted_choice(data, owner)
    values, gone = posted_values(data, model.capability, *_made_for(model, data)), []
    if choice.project != before and data.get("made_for", "").rpartition(" ")[0] == model.slug:
        to = _model_in(choice.project, before, model, owner)
        values = moved(values, model, before, to, choice.project)
        model, gone = to, without_model(choice.project, to.connection) + beginning(choice.project, to)[1]
    variations, is_private = posted_variations(data), "is_private" in data
    draft = _draft(owner, model, values, choice, variations, is_private=is_private)
    draft.token, draft.prompt = posted_token(data), data.get("prompt", "")
    draft.dropped += gone
    return draft


def _made_for(model: StudioModel, data: QueryDict) -> list[Capability]:
    """What the posted fields may have been built for: another model, or this one before an admin hid a parameter."""
    slug = data.get("made_for", "").rpartition(" ")[0]
    if slug == model.slug:
        return [model.published_capability]
    other = model.connection.models.filter(slug=slug, unreadable_reason="").first() if slug else None
    return [other.capability] if other else []


def _model_in(project: Project, before: Project, model: StudioModel, owner: Member) -> StudioModel:
    """The project's own model, unless a person chose ``model`` (and not the previous project, or their last clip)."""
    connection = model.connection
    last_used = next(iter(recently_used(connection, owner)), None)
    usual = connection.models.offered().with_slug(last_used) or any_model(connection)
    stood = default_model(before, connection) or usual
    return (default_model(project, connection) or model) if model == stood else model


def posted_draft(owner: Member, data: QueryDict, connection: Connection) -> Draft:
    """What was posted, checked against the model as it is now.

    A form built for an older version of the model is refused only when a value is no
    longer accepted or the price changed, and it says so. So is one whose fields still belong to another model.

    Raises NoModels.
    """
    model = connection.models.offered().with_slug(data.get("model_slug"))
    if model is None:
        draft = redraft(owner, some_model(connection), data)
        draft.trouble = "That model is no longer available. Choose another one."
        return draft
    slug, _, version = data.get("made_for", "").rpartition(" ")
    if slug and slug != model.slug:
        draft = redraft(owner, model, data)
        draft.trouble = f"The settings now belong to {model.name}. Check them, then press Generate again."
        return draft
    values, variations = posted_values(data, model.capability), posted_variations(data)
    choice, _ = posted_choice(data, owner)
    projects = choice.usable if choice or data.get("project") else []
    draft = Draft(
        model=model,
        form=form_for(model.capability, projects, legal_mode(values, model.capability))(data),
        owner=owner,
        project=choice.project,
        request=posted_request(model, values),
        prompt=data.get("prompt", ""),
        variations=variations,
        token=posted_token(data),
    )
    is_older = bool(version) and version != model.revision
    return (_changed_under(draft, data) if is_older else None) or draft


def _changed_under(posted: Draft, data: QueryDict) -> Draft | None:
    """The form built again, when the model changed in a way that matters to this request; else None."""
    model, draft = posted.model, redraft(posted.owner, posted.model, data)
    now = draft if draft.dropped else posted  # with nothing dropped, both have one price
    shown, total = whole_number(data.get("shown_credits", "")), now.quote.total
    if None not in (shown, total) and shown != total:
        draft.trouble = (
            f"The price changed from {amount(shown)} to {amount(total)} credits while this page was open."
            " Press Generate again to accept it."
        )
    elif draft.dropped:
        draft.trouble = (
            f"{model.name} changed while this page was open. Check the settings, then press Generate again."
        )
    return draft if draft.trouble else None


def _draft(
    owner: Member,
    model: StudioModel,
    values: Mapping[str, Any],
    choice: Choice,
    variations: int = 1,
    *,
    is_private: bool = False,
) -> Draft:
    capability = model.capability
    kept, dropped = keep_legal(values, capability)
    mode = legal_mode(values, capability)
    unread = {name: values[name] for name in dropped if _is_half_written(name, values, capability, mode)}
    shown = {**defaults(capability, mode), **kept, **unread}
    initial = {html_name(name): value for name, value in shown.items()}
    initial |= {"variations": variations, "project": choice.project.pk, "is_private": is_private}
    draft = Draft(
        model=model,
        form=form_for(capability, choice.usable if choice else [], mode)(initial=initial),
        owner=owner,
        project=choice.project,
        request=legal_request(model, values),
        prompt=str(values.get("prompt", "")),
        variations=variations,
        dropped=[sentence for name, sentence in dropped.items() if name not in {"prompt", *unread}],
    )
    # Text that a person typed is never thrown away: it stays, with an error next to it.
    written = {name: sentence for name, sentence in dropped.items() if name in {"prompt", *unread}}
    draft.complain({name: said for name, said in written.items() if html_name(name) in draft.form.fields})
    return draft


def _is_half_written(name: str, values: Mapping[str, Any], capability: Capability, mode: str | None) -> bool:
    """Whether an unaccepted value was typed into a field that still exists: it stays, with its error."""
    parameter = capability.parameter(name, mode)
    return parameter is not None and not parameter.choices and not parameter.is_media and name != "prompt"
