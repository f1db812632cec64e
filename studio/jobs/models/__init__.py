"""Submissions, jobs and their files. Only the state machine and studio.jobs.lifecycle.archiving change their states."""

from studio.jobs.models.job import Job, JobQuerySet
from studio.jobs.models.mirror import HistoryRecord, HistoryRecordQuerySet
from studio.jobs.models.parts import Event, JobFile
from studio.jobs.models.requests import Approval, Attempt, Submission, Turn, fingerprint
from studio.jobs.models.revision import Revision

__all__ = [
    "Approval",
    "Attempt",
    "Event",
    "HistoryRecord",
    "HistoryRecordQuerySet",
    "Job",
    "JobFile",
    "JobQuerySet",
    "Revision",
    "Submission",
    "Turn",
    "fingerprint",
]
