"""The audit log for admins, newest first: filters, verification, export."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from dashboard.access import admin_required
from dashboard.audit import words
from dashboard.audit.export import as_csv, as_lines
from dashboard.audit.filter import asked, query_of
from dashboard.shared.requests import MemberRequest
from studio.audit.log import record
from studio.audit.models import Check, Entry, Head
from studio.audit.queries import EntryFilter, in_order
from studio.audit.verify import check
from studio.catalog.models import Connection
from studio.team.models import Member

PAGE = 50
FORMATS: dict[str, tuple[str, Callable[[Iterable[Entry]], Iterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "jsonl": ("application/x-ndjson", as_lines),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry in words. ``url`` is the page of its subject, or ""."""

    entry: Entry
    did: str
    who: str
    about: str
    url: str
    origin: list[str]
    brief: str
    detail: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class State:
    """The last check, and the number of entries written since."""

    check: Check | None
    head: Head

    @property
    def newer(self) -> int:
        return max(0, self.head.number - self.check.number) if self.check else self.head.number


@require_safe
@admin_required
def audit_log(request: MemberRequest) -> HttpResponse:
    """The page, or only the next entries for the link at its end."""
    question = asked(request.GET)
    found = question.narrowed.entries()
    if question.before is not None:
        found = found.filter(number__lt=question.before)
    entries = list(found[: PAGE + 1])
    context = {
        "question": question,
        "about": words.about_words(question.narrowed.about),
        "entries": _shown(entries[:PAGE], question.people),
        "older": entries[PAGE - 1].number if len(entries) > PAGE else None,
    }
    template = "audit/list.html#older"
    if request.htmx.target != "li#older":
        template = "audit/list.html"
        context["state"] = State(Check.objects.first(), Head.objects.filter(pk=1).first() or Head())
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_POST
@admin_required
def audit_check(request: MemberRequest) -> HttpResponse:
    check()  # stores its result, which the page shows
    return redirect("dashboard:audit-log")


@require_safe
@admin_required
def audit_export(request: MemberRequest, file_format: str) -> HttpResponse | StreamingHttpResponse:
    """All entries that match the filters, oldest first, without those written during the export."""
    if file_format not in FORMATS:
        raise Http404
    narrowed = asked(request.GET).narrowed
    until = Entry.objects.values_list("number", flat=True).first() or 0
    if request.method == "GET":
        _note_export(request, file_format, narrowed)
    content_type, written = FORMATS[file_format]
    lines = written(in_order(narrowed.entries().filter(number__lte=until)))
    name = f"audit-{timezone.localdate():%Y-%m-%d}.{file_format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type=content_type, headers=headers)


def _note_export(request: MemberRequest, file_format: str, narrowed: EntryFilter) -> None:
    record("audit.exported", by=request.user, format=file_format, narrowed_to=query_of(narrowed))


def _shown(entries: Sequence[Entry], people: Iterable[Member]) -> list[Shown]:
    connections = _connections(entries)
    names = connections | {f"member:{person.pk}": str(person) for person in people}
    return [
        Shown(
            entry=entry,
            did=words.action_words(entry.action),
            who=words.who(entry),
            about=names.get(entry.about) or (words.about_words(entry.about) if entry.about else ""),
            url=words.about_url(entry.about) if _has_page(entry, connections) else "",
            origin=words.origin_words(entry),
            brief=words.brief(entry),
            detail=list(words.detail_words(entry)),
        )
        for entry in entries
    ]


def _connections(entries: Sequence[Entry]) -> dict[str, str]:
    """The names of existing connections, if any entry is about one."""
    if not any(entry.about.startswith("connection:") for entry in entries):
        return {}
    return {f"connection:{pk}": name for pk, name in Connection.objects.values_list("pk", "name")}


def _has_page(entry: Entry, connections: Collection[str]) -> bool:
    """Only connections can be deleted; a deleted one has no page."""
    return not entry.about.startswith("connection:") or entry.about in connections
