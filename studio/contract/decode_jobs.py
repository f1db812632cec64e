"""Jobs in any spelling: the answer of a status call, and the rows of the history."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from studio.contract.addresses import addresses
from studio.contract.answers import History, JobReport
from studio.contract.capability import Unreadable
from studio.contract.envelope import balance_in, says_failed, sentence_in
from studio.contract.errors import Unavailable
from studio.contract.options import seconds
from studio.contract.rows import RowKind, find_rows
from studio.contract.spelling import Fields, is_blank, plain
from studio.contract.values import charge, decimal, flag, in_quotes, moment, text

_ID = ("jobid", "id", "uuid")
_STATE = ("status", "state")
_RESULTS = ("resulturls", "resulturl", "urls", "videourl", "output", "outputs", "results", "result", "data")
_CHARGED = ("creditscharged", "credits", "cost", "creditsused")
_REFUNDED = ("creditsrefunded", "refunded")
_CREATED = ("createdat", "created", "submittedat")
_COMPLETED = ("completedat", "finishedat", "endedat")
_MODEL = ("modelslug", "model", "modelid")
_DURATION = ("durationseconds", "duration", "effectivedurationseconds", "seconds")
_QUALITY = ("qualitymode", "quality")
_RATIO = ("aspectratio", "ratio")
_INPUTS = (("inputimageurls", "inputimageurl"), ("inputvideourls", "inputvideourl"))
_DETAILS = ("providermeta", "input", "inputs", "params", "parameters", "request", "meta", "metadata")

# Only words that clearly say the same. Any other word leaves the state open: see JobReport.
_STATE_OF = {
    **dict.fromkeys(("pending", "queued", "waiting", "inqueue"), "pending"),
    **dict.fromkeys(("processing", "running", "inprogress", "generating", "rendering"), "processing"),
    **dict.fromkeys(("completed", "complete", "succeeded", "success", "done"), "completed"),
    **dict.fromkeys(("failed", "failure", "error", "errored"), "failed"),
}

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


def decode_status(payload: Any, asked_for: str = "") -> JobReport:
    """One job, inside ``job``, ``data``, both, or bare. ``asked_for`` stands in where the answer names no id.

    Raises Unavailable when the answer says that it failed, or tells neither a state nor an id.
    """
    if says_failed(payload):
        raise Unavailable(sentence_in(payload) or "The studio could not tell about this job.")
    for place in _status_places(payload):
        fields = Fields(place)
        names_job = fields.has(("jobid", "uuid", *_STATE)) > 0
        if names_job and (job_id := _id_in(fields) or asked_for):
            return _report(job_id, place)
    raise Unavailable("The studio's answer about this job could not be understood.")


def _status_places(payload: Any, depth: int = 2) -> Iterable[Mapping[str, Any]]:
    """Innermost first: an envelope may have a ``status`` of its own."""
    if not isinstance(payload, Mapping):
        return
    for name in _STATUS_ENVELOPES if depth else ():
        yield from _status_places(Fields(payload).take([name]), depth - 1)
    yield payload


def decode_history(payload: Any) -> History:
    """The answer of ``GET …/history/``, newest first, whatever its envelope and spellings.

    Rows that cannot be read, and second ones of a job, are listed as Unreadable. Raises Unavailable when
    the answer says that it failed or holds no list of jobs at all.
    """
    if says_failed(payload):
        raise Unavailable(sentence_in(payload) or "The studio could not tell its history.")
    rows = find_rows(payload, JOB_ROWS)
    if rows is None:
        raise Unavailable("The studio's answer holds no list of jobs that could be understood.")
    reports: dict[str, JobReport] = {}
    unreadable: list[Unreadable] = []
    for key, row in ((row.key, row.value) for row in rows):
        record = _report_or_reason(key, row)
        if isinstance(record, JobReport) and record.job_id in reports:
            record = Unreadable(record.job_id, "This job is listed twice; the first row is used.", row)
        if isinstance(record, JobReport):
            reports[record.job_id] = record
        else:
            unreadable.append(record)
    return History(_newest_first(reports.values()), tuple(unreadable), balance_in(payload, rows))


def decode_row(job_id: str, row: Mapping[str, Any]) -> JobReport:
    """A row of the history that was kept verbatim, decoded once more. Raises nothing."""
    return _report(job_id, row)


def _newest_first(reports: Iterable[JobReport]) -> tuple[JobReport, ...]:
    """Rows without a time go last, in the order given."""
    oldest = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(reports, key=lambda report: report.created_at or oldest, reverse=True))


def _report_or_reason(key: str, row: Any) -> JobReport | Unreadable:
    if not isinstance(row, Mapping):
        return Unreadable(key, f"This is not a job: {in_quotes(row)}.", row)
    job_id = _id_in(Fields(row)) or text(key)
    return _report(job_id, row) if job_id else Unreadable("", "This job has no id.", row)


def _id_in(fields: Fields) -> str:
    return readable_id(fields.take(_ID)) or ""


def readable_id(value: object) -> str | None:
    """A job's id from text or a whole number; None where it is blank or anything else."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    name = str(value).strip()
    return name if name and name.isprintable() and len(name) <= _LONGEST_ID else None


def _report(job_id: str, row: Mapping[str, Any]) -> JobReport:
    fields = Fields(row)
    word = text(fields.take(_STATE))
    state = _STATE_OF.get(plain(word))
    return JobReport(
        job_id=job_id,
        state=state,
        state_word="" if state else word,
        model_slug=text(_said(fields, _MODEL)),
        prompt=text(_said(fields, ("prompt",))),
        result_urls=_results(fields),
        error_message=_error(fields, state),
        credits_charged=charge(fields.take(_CHARGED)),
        credits_refunded=_refunded(fields.take(_REFUNDED)),
        created_at=moment(fields.take(_CREATED)),
        completed_at=moment(fields.take(_COMPLETED)),
        duration_seconds=seconds(_said(fields, _DURATION)),
        quality_mode=text(_said(fields, _QUALITY)),
        aspect_ratio=text(_said(fields, _RATIO)),
        input_urls=_inputs(fields),
        raw=row,
    )


def _said(fields: Fields, names: Iterable[str]) -> Any:
    """From the job itself, else from what it tells of the request and the provider."""
    places = [
        fields,
        *(Fields(place) for name in _DETAILS if isinstance(place := fields.take([name]), Mapping)),
    ]
    return next((said for place in places if not is_blank(said := place.take(names))), None)


def reported_value(row: Mapping[str, Any], name: str) -> Any:
    """What a job's row says of one parameter of its request, as it stands there; None where it is silent."""
    return _said(Fields(row), (plain(name),))


def _results(fields: Fields) -> tuple[str, ...]:
    """From the first spelling that holds an address at all."""
    found = (addresses(fields.take([name])) for name in _RESULTS)
    return next((urls for urls in found if urls), ())


def _inputs(fields: Fields) -> tuple[str, ...] | None:
    told = [said for names in _INPUTS if (said := _said(fields, names)) is not None]
    return tuple(url for said in told for url in addresses(said)) if told else None


def _error(fields: Fields, state: str | None) -> str:
    """``message`` is a reason only for a job that failed: others may say "in the queue" there."""
    said = sentence_in(fields.take(("errormessage", "error", "failurereason")))
    return said or (sentence_in(fields.take(("message",))) if state == "failed" else "")


def _refunded(value: object) -> bool | None:
    """A yes or no, or the credits given back."""
    exact = decimal(value)
    return flag(value) if exact is None else exact > 0
