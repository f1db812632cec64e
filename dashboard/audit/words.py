"""The words for audit entries. An action without words here gets them from its name, such as "budget.changed"."""

from collections.abc import Iterator
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime

from dashboard.shared.words import clock_time
from studio.audit.models import Entry

ACTIONS = {
    "audit.exported": "Exported the audit log",
    "backup.made": "Made a backup",
    "backup.restored": "Restored a backup",
    "clip.address_given": "Shared the URL of a clip’s file",
    "clip.asked": "Requested clips",
    "clip.cancelled": "Cancelled a clip before it was sent",
    "clip.copy_asked": "Requested another copy of a clip",
    "clip.dropped": "Dropped a clip with an unknown outcome",
    "clip.hidden": "Made a clip private",
    "clip.marked_failed": "Marked a clip as failed",
    "clip.moved_first": "Moved a clip to the front of the queue",
    "clip.put_in_line": "Put a clip back in the queue",
    "clip.shown": "Made a private clip visible to the team",
    "clip.sent_again": "Sent a clip with an unknown outcome again",
    "clip.settled": "Matched a clip to the studio’s history",
    "clip.stopped": "Stopped watching a clip",
    "clip.tried_again": "Retried a clip on hold",
    "connection.key_replaced": "Replaced the key of a connection",
    "connection.made_default": "Made a connection the default",
    "connection.released": "Released a connection that was held after a restore",
    "connection.test_asked": "Tested a connection",
    "encryption_key.rotated": "Encrypted the stored keys again",
    "hook.request_secret_made": "Created a secret for webhooks of API requests",
    "model.parameter_added": "Added a parameter to a model",
    "model.parameter_corrected": "Corrected a parameter of a model",
    "model.parameter_hidden": "Hid a parameter of a model",
    "model.parameter_removed": "Removed an added parameter from a model",
    "model.parameter_reset": "Reset a parameter of a model to the studio’s values",
    "token.moved": "Moved a token to another project",
}
GROUPS = {"audit": "Audit log", "job": "Clips", "clip": "Clips", "encryption_key": "Encryption key"}
THINGS = {"job": "Clip"}
PAGES = {"job": "job-detail", "connection": "connection-edit"}  # of others: <noun>-detail, or <noun>-edit
LONGEST = 200


def action_words(action: str) -> str:
    """ "Changed a budget"."""
    if action in ACTIONS:
        return ACTIONS[action]
    noun, _, verb = action.replace("_", " ").partition(".")
    return f"{verb.capitalize()} {'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def group_words(group: str) -> str:
    """ "Budgets"."""
    return GROUPS.get(group) or _plural(group.replace("_", " ").capitalize())


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def about_words(about: str) -> str:
    """ "Clip 12" of "job:12"."""
    noun, _, name = about.partition(":")
    return f"{THINGS.get(noun, noun.replace('_', ' ').capitalize())} {name}".rstrip()


def about_url(about: str) -> str:
    """The URL of the subject's page, or ""."""
    noun, _, name = about.partition(":")
    if not name.isascii() or not name.isdigit():
        return ""
    for page in [PAGES[noun]] if noun in PAGES else [f"{noun}-detail", f"{noun}-edit"]:
        try:
            return reverse(f"dashboard:{page}", args=[int(name)])
        except NoReverseMatch:
            continue
    return ""


def who(entry: Entry) -> str:
    """The member's name; without one, the agent, such as the command line, or "Dailies" for the worker."""
    return entry.by_name or entry.agent.capitalize() or "Dailies"


def origin_words(entry: Entry) -> list[str]:
    """The known ones of address and browser, without the agent if ``who`` shows it."""
    return [part for part in (entry.address, entry.agent if entry.by_name else "") if part]


def detail_words(entry: Entry) -> Iterator[tuple[str, str]]:
    """Label and value of each recorded detail."""
    for name, value in entry.detail.items():
        said = value_words(value)
        yield name.replace("_", " ").capitalize(), said if len(said) <= LONGEST else f"{said[:LONGEST]}…"


def brief(entry: Entry) -> str:
    """The recorded details on one line, or the entry's number if there are none."""
    details = [f"{label}: {value}" for label, value in detail_words(entry)]
    return " · ".join(details) or f"Entry {entry.number}"


def value_words(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')}: {value_words(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(value_words, value))
    return _moment(value) if isinstance(value, str) else str(value)


def _moment(text: str) -> str:
    """A timestamp in the format of the pages; other text unchanged."""
    try:
        moment = parse_datetime(text) if "T" in text else None
    except ValueError:
        moment = None
    return clock_time(moment) if moment and moment.tzinfo else text
