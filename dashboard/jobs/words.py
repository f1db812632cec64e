"""What is said of a job: its state, its time, its parameters. static/live.js keeps the times going."""

from datetime import datetime

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.text import slugify

from dashboard.shared import words
from studio.jobs.models import Event, HistoryRecord, Job, JobFile
from studio.jobs.queries import JobRow
from studio.jobs.states import JobState

COPYING = "saving a copy"
NO_FILM = "This file cannot be shown here"
EVENTS = dict(JobState.choices) | {
    "pending": "Accepted by the studio",
    "first": "Moved first",
    "in-line": "Back in line",
    "stored": "Saved here",
    "released": "May be sent again",
    "lost": "Copy lost",
    "refreshed": "Other addresses",
    "address": "Address given",
    "copy-again": "Another copy asked for",
    "missing": "The kept copy was not whole",
    "hidden": "Made private",
    "shown": "Shown to the team",
    "handed_over": "Handed over",
}


def event_words(event: Event) -> str:
    if event.what == JobState.QUEUED and event.person_id and not event.detail:
        return "Asked for"
    return str(EVENTS.get(event.what, event.what))


def state_line(job: Job | JobRow) -> str:
    """The state and what belongs to it: "Ready · saving a copy", "Failed · refunded"."""
    label = str(JobState(job.state).label)
    if job.state == JobState.COMPLETED and job.is_copying:
        return f"{label} · {COPYING}"
    if job.state == JobState.FAILED and job.refunded:
        return f"{label} · {refund_words(job)}"
    if job.state_word and (job.is_running or job.state == JobState.ATTENTION):
        return f"{label} · the studio says “{job.state_word}”"
    return label


def refund_words(row: Job | JobRow | HistoryRecord) -> str:
    """ "refunded", or how many credits of the charge were; "" without a refund."""
    if not row.refunded:
        return ""
    is_whole = row.refund is None or row.charged is None or row.refund >= row.charged
    return "refunded" if is_whole else f"{words.credits_phrase(row.refund)} refunded"


def time_left(seconds: int | None) -> str:
    """Beside "Making": "about 40 s left"; past the expected time it says so."""
    return f"about {words.length(seconds)} left" if seconds else "taking longer than usual"


def spent(seconds: float) -> str:
    """A time to the second while it is short: "35 s", "2 min 05 s", "3 h 20 min"."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def clock(seconds: float) -> str:
    """The length of a clip: "0:08"."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def milliseconds(moment: datetime | None) -> str:
    """A moment as scripts count it; text, so that templates put no commas into it."""
    return str(int((moment or timezone.now()).timestamp() * 1000))


def said_of_file(file: JobFile) -> str:
    """What a person has to know of a kept file where it is shown; "" where the player says it all."""
    if file.extras == JobFile.Extras.LOOK:
        return "" if file.played else "The clip is saved. Its pictures and its player are being prepared."
    if file.kind == JobFile.Kind.OTHER:
        what = f"This is not a film, but a file of the kind “{file.format}”" if file.format else NO_FILM
        return f"{what} ({filesizeformat(file.size)}). It can be downloaded."
    if not file.hindrance:
        return ""
    return f"Browsers do not play {file.hindrance}{_instead(file)}"


def _instead(file: JobFile) -> str:
    """The end of the sentence on what browsers do not play."""
    if file.plays_proxy:
        return ", so this page plays a version made for it. Download gives you the original."
    if file.extras == JobFile.Extras.PROXY:
        return ". A version for this page is being made. You can download the original now."
    if file.kind == JobFile.Kind.AUDIO:
        return ". Download it to listen."
    return ", and no version for this page could be made. Download the clip to watch it."


def file_name(job: Job, file: JobFile) -> str:
    """A name for the downloaded clip that says what is in it: "a-lighthouse-at-dawn-12.mp4"."""
    stem = slugify(job.prompt)[:60].strip("-") or slugify(job.model_slug) or "clip"
    number = f"{job.pk}-{file.position + 1}" if file.position else job.pk
    return f"{stem}-{number}.{file.clip.rpartition('.')[2]}"
