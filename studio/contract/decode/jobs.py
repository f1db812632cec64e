"""Decodes jobs in any spelling: the answer of a status call, and the rows of the history."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from studio.contract.addresses import addresses
from studio.contract.answers import History, JobReport, Refund
from studio.contract.capability import Unreadable
from studio.contract.decode.capability.options import seconds
from studio.contract.decode.results import results_in
from studio.contract.errors import Unavailable
from studio.contract.spelling.envelope import raw_balance, says_failed, sentence_in
from studio.contract.spelling.keys import Fields, is_blank, plain
from studio.contract.spelling.rows import RowKind, find_rows
from studio.contract.spelling.state_words import says_more, state_of
from studio.contract.spelling.values import balance, charge, decimal, flag, in_quotes, moment, text

_ID = ("jobid", "id", "uuid")
_STATE = ("status", "state")
_ENDED = {"completed": ("completed", "iscompleted", "done", "finished"), "failed": ("failed", "isfailed")}
_CHARGED = ("creditscharged", "credits", "cost", "creditsused", "creditsspent", "creditcost")
_REFUNDED = ("creditsrefunded", "refundedcredits", "refundamount", "refunded", "refund", "isrefunded")
_AMOUNT = ("credits", "amount", "value")
_REASONS = ("errormessage", "error", "failurereason", "failreason", "statusreason", "reason", "statusmessage")
_CREATED = ("createdat", "created", "submittedat")
_COMPLETED = ("completedat", "finishedat", "endedat")
_MODEL = ("modelslug", "model", "modelid")
_DURATION = ("durationseconds", "duration", "effectivedurationseconds", "seconds")
_QUALITY = ("qualitymode", "quality")
_RATIO = ("aspectratio", "ratio")
_INPUTS = (("inputimageurls", "inputimageurl"), ("inputvideourls", "inputvideourl"))
_DETAILS = ("providermeta", "input", "inputs", "params", "parameters", "request", "meta", "metadata")

JOB_ROWS = RowKind(
    marks=frozenset(
        (
            "jobid",
            *_STATE,
            "resulturls",
            "resulturl",
            "videourl",
            "createdat",
            "completedat",
            "modelslug",
            "prompt",
        )
    ),
    proof=frozenset(("jobid", "resulturls", "resulturl", "videourl", "modelslug", "prompt")),
    lists=("jobs", "history", "results", "data", "items", "videos", "generations", "records"),
    names=frozenset(("jobid", "uuid")),
    families=frozenset(("jobs",)),
)
_STATUS_ENVELOPES = ("job", "data", "result")
_LONGEST_ID = 200


def decode_status(payload: Any, requested_id: str = "", origin: str = "") -> JobReport:
    """One job, in ``job``, in ``data``, in both, or bare. ``requested_id`` is used if the answer names no id.

    ``origin`` is the studio's: relative addresses are resolved against it. Raises Unavailable if the answer says
    that the call failed, or holds neither a state nor an id. Next to a failed job, "success": false is about the
    job, not the call.
    """
    report = _status_in(payload, requested_id, origin)
    if says_failed(payload) and (report is None or report.state != "failed"):
        raise Unavailable(sentence_in(payload) or "The studio could not report this job.")
    if report is None:
        raise Unavailable("The studio's answer about this job could not be understood.")
    return report


def _status_in(payload: Any, requested_id: str, origin: str) -> JobReport | None:
    for place in _status_places(payload):
        fields = Fields(place)
        names_job = fields.has(("jobid", "uuid", *_STATE)) > 0
        if names_job and (job_id := _id_in(fields) or requested_id):
            report = _report(job_id, place, origin)
            return report if report.result_urls else _with_results_of(payload, report, origin)
    return None


def _with_results_of(payload: Mapping[str, Any], report: JobReport, origin: str) -> JobReport:
    """The answer is about one job, so files anywhere around its record belong to it."""
    found = results_in(payload, origin)
    return replace(report, result_urls=found.urls, extra_urls=found.extras, other_urls=found.others)


def _status_places(payload: Any, depth: int = 2) -> Iterable[Mapping[str, Any]]:
    """Innermost first: an envelope may have a ``status`` of its own."""
    if not isinstance(payload, Mapping):
        return
    for name in _STATUS_ENVELOPES if depth else ():
        yield from _status_places(Fields(payload).take([name]), depth - 1)
    yield payload


def decode_history(payload: Any, origin: str = "") -> History:
    """Decode the answer of ``GET …/history/``, newest first, in any envelope and spelling.

    ``origin`` is the studio's: relative addresses are resolved against it. Rows that cannot be read, and repeated
    rows of a job, are listed as Unreadable. Raises Unavailable if the answer says that it failed or holds no list
    of jobs.
    """
    if says_failed(payload):
        raise Unavailable(sentence_in(payload) or "The studio could not list its history.")
    rows = find_rows(payload, JOB_ROWS)
    if rows is None:
        raise Unavailable("The studio's answer holds no list of jobs that could be understood.")
    reports: dict[str, JobReport] = {}
    unreadable: list[Unreadable] = []
    for key, row in ((row.key, row.value) for row in rows):
        record = _report_or_reason(key, row, origin)
        if isinstance(record, JobReport) and record.job_id in reports:
            record = Unreadable(record.job_id, "This job is listed twice; the first row is used.", row)
        if isinstance(record, JobReport):
            reports[record.job_id] = record
        else:
            unreadable.append(record)
    left = raw_balance(payload, rows)
    return History(
        jobs=_newest_first(reports.values()),
        unreadable=tuple(unreadable),
        credits_remaining=balance(left),
        is_rounded=_is_fraction(left) or any(report.is_rounded for report in reports.values()),
    )


def decode_row(job_id: str, row: Mapping[str, Any], origin: str = "") -> JobReport:
    """Decode a history row that we stored verbatim. Raises nothing."""
    return _report(job_id, row, origin)


def _newest_first(reports: Iterable[JobReport]) -> tuple[JobReport, ...]:
    """Rows without a time go last, in the order given."""
    oldest = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(reports, key=lambda report: report.created_at or oldest, reverse=True))


def _report_or_reason(key: str, row: Any, origin: str) -> JobReport | Unreadable:
    if not isinstance(row, Mapping):
        return Unreadable(key, f"This is not a job: {in_quotes(row)}.", row)
    job_id = _id_in(Fields(row)) or text(key)
    return _report(job_id, row, origin) if job_id else Unreadable("", "This job has no id.", row)


def _id_in(fields: Fields) -> str:
    return readable_id(fields.take(_ID)) or ""


def readable_id(value: object) -> str | None:
    """A job's id from text or a whole number; None if it is blank or anything else."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    name = str(value).strip()
    return name if name and name.isprintable() and len(name) <= _LONGEST_ID else None


def _report(job_id: str, row: Mapping[str, Any], origin: str) -> JobReport:
    fields = Fields(row)
    word = text(fields.take(_STATE))
    charged, refund = fields.take(_CHARGED), fields.take(_REFUNDED)
    refunded = _refunded(refund)
    found = results_in(row, origin)
    state = _state(fields, word, has_results=bool(found.urls), is_refunded=bool(refunded))
    return JobReport(
        job_id=job_id,
        state=state,
        state_word="" if state else word,
        model_slug=text(_reported(fields, _MODEL)),
        prompt=text(_reported(fields, ("prompt",))),
        result_urls=found.urls,
        extra_urls=found.extras,
        other_urls=found.others,
        error_message=_error(fields, state, word),
        credits_charged=charge(charged),
        credits_refunded=Refund.WHOLE if refunded is None and plain(word) == "refunded" else refunded,
        is_rounded=_is_fraction(charged) or _is_fraction(_amount(refund)),
        created_at=moment(fields.take(_CREATED)),
        completed_at=moment(fields.take(_COMPLETED)),
        duration_seconds=seconds(_reported(fields, _DURATION)),
        quality_mode=text(_reported(fields, _QUALITY)),
        aspect_ratio=text(_reported(fields, _RATIO)),
        input_urls=_inputs(fields),
        raw=row,
    )


def _state(fields: Fields, word: str, *, has_results: bool, is_refunded: bool) -> str | None:
    """The state that the word means; if the word means no end, the one that the rest of the answer proves.

    Files and a completion time prove that the job is completed. A refund for a job in an unknown state proves that it
    ended without a clip.
    """
    state = state_of(word) or next(
        (end for end, names in _ENDED.items() if not word and flag(fields.take(names)) is True), None
    )
    if state not in ("completed", "failed") and has_results and moment(fields.take(_COMPLETED)):
        return "completed"
    return "failed" if state is None and is_refunded else state


def _reported(fields: Fields, names: Iterable[str]) -> Any:
    """The value from the job itself, else from what the row holds about the request and the provider."""
    places = [
        fields,
        *(Fields(place) for name in _DETAILS if isinstance(place := fields.take([name]), Mapping)),
    ]
    return next((value for place in places if not is_blank(value := place.take(names))), None)


def reported_value(row: Mapping[str, Any], name: str) -> Any:
    """A job row's value of one request parameter, as it is in the row; None if it is missing."""
    return _reported(Fields(row), (plain(name),))


def _inputs(fields: Fields) -> tuple[str, ...] | None:
    reported = [value for names in _INPUTS if (value := _reported(fields, names)) is not None]
    return tuple(url for value in reported for url in addresses(value)) if reported else None


def _error(fields: Fields, state: str | None, word: str) -> str:
    """``message`` is a reason only for a failed job: for others it may be "in the queue"."""
    if value := sentence_in(fields.take(_REASONS if state == "failed" else _REASONS[:3])):
        return value
    if state != "failed":
        return ""
    return sentence_in(fields.take(("message",))) or (f"The studio says “{word}”." if says_more(word) else "")


def _refunded(value: object) -> int | Refund | None:
    """Credits, rounded up. A bare "yes" counts as a full refund."""
    amount = _amount(value)
    if not isinstance(amount, bool) and decimal(amount) is not None:
        return charge(amount)
    given = flag(value)
    return None if given is None else Refund.WHOLE if given else 0


def _amount(value: object) -> Any:
    """``{"credits": 25}`` is 25."""
    return Fields(value).take(_AMOUNT) if isinstance(value, Mapping) else value


def _is_fraction(value: object) -> bool:
    exact = decimal(value)
    return exact is not None and exact % 1 != 0
