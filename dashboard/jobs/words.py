"""Words for a clip: its state, its times, its events. static/live.js keeps the times running."""

from datetime import datetime

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.text import slugify

from dashboard.shared import words
from studio.jobs.models import Event, HistoryRecord, Job, JobFile
from studio.jobs.queries import JobRow
from studio.jobs.states import JobState

COPYING = "saving"
NO_FILM = "This file cannot be played here"
EVENTS = dict(JobState.choices) | {
    "pending": "Accepted by the studio",
    "first": "Moved to the front of the queue",
    "in-line": "Returned to its place in the queue",
    "stored": "Saved here",
    "released": "Released for sending",
    "lost": "Copy lost",
    "refreshed": "New file URLs",
    "address": "File URL entered",
    "copy-again": "Copy retried",
    "missing": "Saved copy was incomplete",
    "hidden": "Made private",
    "shown": "Shared with the team",
    "handed_over": "Owner changed",
}


def event_words(event: Event) -> str:
    if event.what == JobState.QUEUED and event.person_id and not event.detail:
        return "Requested"
    return str(EVENTS.get(event.what, event.what))


def state_line(job: Job | JobRow) -> str:
    """The state with a detail: "Ready · saving", "Failed · refunded"."""
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
    """For a clip in progress: "about 40 s left", or that it takes longer than usual."""
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
    """A moment in milliseconds, for scripts; as text, so that templates add no commas."""
    return str(int((moment or timezone.now()).timestamp() * 1000))


def said_of_file(file: JobFile) -> str:
    """What to know about a saved file, next to its player; "" where the player is enough."""
    if file.extras == JobFile.Extras.LOOK:
        return "" if file.played else "The clip is saved. Its preview is being prepared."
    if file.kind == JobFile.Kind.OTHER:
        what = f"This file is not a video. Its type is “{file.format}”" if file.format else NO_FILM
        return f"{what} ({filesizeformat(file.size)}). You can download it."
    if not file.hindrance:
        return ""
    return f"Browsers do not play {file.hindrance}{_instead(file)}"


def _instead(file: JobFile) -> str:
    """The end of the sentence on what browsers do not play."""
    if file.plays_proxy:
        return ", so this page plays a converted version. Download gets you the original."
    if file.extras == JobFile.Extras.PROXY:
        return ". A converted version is being made. You can download the original now."
    if file.kind == JobFile.Kind.AUDIO:
        return ". Download it to listen."
    return ", and it could not be converted. Download the clip to watch it."


def file_name(job: Job, file: JobFile) -> str:
    """A descriptive name for the downloaded clip: "a-lighthouse-at-dawn-12.mp4"."""
    stem = slugify(job.prompt)[:60].strip("-") or slugify(job.model_slug) or "clip"
    number = f"{job.pk}-{file.position + 1}" if file.position else job.pk
    return f"{stem}-{number}.{file.clip.rpartition('.')[2]}"
