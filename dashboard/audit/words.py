"""What is said of an entry. An action that has no words here is read from its name: "budget.changed" is enough."""

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
    "clip.address_given": "Gave the address of a clip’s file",
    "clip.asked": "Asked for clips",
    "clip.cancelled": "Cancelled a clip before it was sent",
    "clip.copy_asked": "Asked for another copy of a clip",
    "clip.dropped": "Dropped a clip in doubt",
    "clip.hidden": "Made a clip private",
    "clip.marked_failed": "Marked a clip as failed",
    "clip.moved_first": "Moved a clip first",
    "clip.put_in_line": "Put a clip back in line",
    "clip.shown": "Showed a private clip to the team",
    "clip.sent_again": "Sent a clip in doubt again",
    "clip.settled": "Found a clip in doubt in the studio’s history",
    "clip.stopped": "Stopped watching a clip",
    "clip.tried_again": "Tried a clip on hold again",
    "connection.key_replaced": "Replaced the key of a connection",
    "connection.made_default": "Made a connection the default",
    "connection.released": "Released what waited at a connection after a restore",
    "connection.test_asked": "Tested a connection",
    "encryption_key.rotated": "Encrypted the stored keys anew",
    "hook.request_secret_made": "Made a secret for webhooks of API requests",
    "model.parameter_added": "Added a parameter to a model",
    "model.parameter_corrected": "Corrected a parameter of a model",
    "model.parameter_hidden": "Hid a parameter of a model",
    "model.parameter_removed": "Removed an added parameter from a model",
    "model.parameter_reset": "Set a parameter of a model back to the studio’s record",
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
    """The page of the thing, "" where it has none."""
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
    """Nobody is named at the command line, and for what the worker does: then that is who."""
    return entry.by_name or entry.agent.capitalize() or "Dailies"


def origin_words(entry: Entry) -> list[str]:
    """Address and browser, as far as they are known and not told as who."""
    return [part for part in (entry.address, entry.agent if entry.by_name else "") if part]


def detail_words(entry: Entry) -> Iterator[tuple[str, str]]:
    """Label and value of all that was recorded with it."""
    for name, value in entry.detail.items():
        said = value_words(value)
        yield name.replace("_", " ").capitalize(), said if len(said) <= LONGEST else f"{said[:LONGEST]}…"


def brief(entry: Entry) -> str:
    """What was recorded with it, on one line; its number where that is nothing."""
    told = [f"{label}: {value}" for label, value in detail_words(entry)]
    return " · ".join(told) or f"Entry {entry.number}"


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
    """A moment as the pages tell it, any other text as it is."""
    try:
        moment = parse_datetime(text) if "T" in text else None
    except ValueError:
        moment = None
    return clock_time(moment) if moment and moment.tzinfo else text
