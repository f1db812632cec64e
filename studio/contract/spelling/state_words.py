"""Words for a job's state, as many studios spell them.

Only unambiguous words are listed. "expired" is not: it may describe a job that was never made, or one whose file is
gone. Any other word leaves the state open (see ``JobReport``).
"""

from studio.contract.spelling.keys import plain

_WORDS = {
    "pending": (
        *("pending", "queued", "waiting", "in queue", "enqueued", "submitted", "accepted", "scheduled"),
        *("received", "created", "new", "not started", "throttled"),
    ),
    "processing": (
        *("processing", "running", "in progress", "generating", "rendering", "starting", "started"),
        *("working", "executing", "active", "ongoing", "encoding", "finalizing", "uploading"),
    ),
    "completed": (
        *("completed", "complete", "succeeded", "succeed", "success", "successful", "done"),
        *("finished", "finish", "ready", "available", "generated", "rendered"),
    ),
    "failed": (
        *("failed", "failure", "fail", "error", "errored", "unsuccessful", "crashed", "invalid"),
        *("cancelled", "canceled", "cancel", "aborted", "terminated", "killed", "stopped"),
        *("rejected", "refused", "declined", "denied", "blocked"),
        *("moderated", "nsfw", "flagged", "censored", "content moderated", "content policy violation"),
        *("timeout", "timed out", "time out", "refunded"),
    ),
}
_STATE_OF = {plain(word): state for state, words in _WORDS.items() for word in words}
_PREFIXES = ("job", "task", "generation", "status", "state")  # JOB_STATE_SUCCEEDED, task-status: FAILED


def state_of(word: str) -> str | None:
    """One of JOB_STATES, or None for a word without a known meaning."""
    bare = plain(word)
    while bare not in _STATE_OF:
        prefix = next((prefix for prefix in _PREFIXES if bare.startswith(prefix)), None)
        if prefix is None:
            return None
        bare = bare.removeprefix(prefix)
    return _STATE_OF[bare]


def says_more(word: str) -> bool:
    """Whether a failed job's word adds something to "failed", such as "moderated"."""
    return bool(word.strip()) and plain(word) not in ("failed", "failure", "fail", "error", "errored")
