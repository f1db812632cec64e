"""The evidence of a case for a person: what was sent next to what the studio's history shows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dashboard.attention import words
from dashboard.jobs.access import may_act
from studio.contract.answers import JobReport
from studio.contract.matching import reported
from studio.contract.request import is_set
from studio.contract.words import facts, inputs, parameter_of, value_words
from studio.jobs.matching.evidence import Case, cases
from studio.jobs.matching.lost_requests import Candidate
from studio.jobs.models import HistoryRecord, Job
from studio.team.models import Member


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of the request, and the value in a row of the history; "" where it reports none."""

    label: str
    sent: str
    told: str = ""

    @property
    def is_same(self) -> bool:
        return self.told == self.sent

    @property
    def verdict(self) -> str:
        return "same" if self.is_same else "different"


@dataclass(frozen=True, slots=True)
class Likeness:
    """A row of the history compared with the request. ``links`` are the studio's own files."""

    record: HistoryRecord
    facts: list[Fact]  # those that it reports
    untold: str  # the names of the others
    when: str
    links: list[str]
    fits: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A case with its sentences; ``attempt`` is posted with each decision, which is about this attempt only."""

    job: Job
    case: Case
    may_act: bool
    sent: list[Fact]
    history: str
    unreadable: str
    balance: str
    twins: str
    likely: list[Likeness]
    others: list[Likeness]  # made at about the same time with another prompt

    @property
    def attempt(self) -> int:
        return self.case.doubt.submission.attempt


def shown(jobs: Sequence[Job], user: Member) -> list[Shown]:
    return [_shown(case, user) for case in cases(jobs, user)]


def _shown(case: Case, user: Member) -> Shown:
    return Shown(
        job=case.job,
        case=case,
        may_act=may_act(user, case.job),
        sent=list(_facts(case.job)),
        history=words.history(case),
        unreadable=words.unreadable(case.reach.unreadable),
        balance=words.balance(case),
        twins=words.twins(case.twins),
        likely=[_likeness(case, candidate) for candidate in case.doubt.shown if _is_likely(candidate)],
        others=[_likeness(case, candidate) for candidate in case.doubt.shown if not _is_likely(candidate)],
    )


def _facts(job: Job, told: JobReport | None = None) -> Iterator[Fact]:
    """The values of the request, each with the value that a report gives."""
    request = job.generate_request
    prompt = told.prompt.strip() if told else ""
    yield Fact("Prompt", request.prompt.strip() or "none", prompt)
    yield Fact("Model", job.model_name, _model(job, told.model_slug if told else ""))
    for fact in facts(request.values):
        theirs = reported(told, fact.name) if told else None
        if is_set(request.get(fact.name)):
            yield Fact(fact.label, fact.words, value_words(theirs, parameter_of(fact.name)) if theirs else "")
    if made_from := [url for _, url in inputs(request.values)]:
        yield Fact("Made from", words.files(made_from), words.files(told.input_urls) if told else "")


def _model(job: Job, slug: str) -> str:
    return job.model_name if slug == job.model_slug else slug


def _is_likely(candidate: Candidate) -> bool:
    return candidate.same_prompt or not candidate.report.prompt


def _likeness(case: Case, candidate: Candidate) -> Likeness:
    facts = list(_facts(case.job, candidate.report))
    return Likeness(
        record=candidate.record,
        facts=[fact for fact in facts if fact.told],
        untold=", ".join(fact.label.lower() for fact in facts if not fact.told),
        when=words.made(candidate.offset, case.doubt.lost_at - case.doubt.sent_at),
        links=list(_links(candidate.report.result_urls)),
        fits=candidate.fits,
    )


def _links(urls: Iterable[str]) -> Iterator[str]:
    """URLs that are safe in an href."""
    return (url for url in urls if url.startswith(("https://", "http://")))
