"""Submissions and jobs: the state machine, the idempotent steps of the worker, and the queries behind the pages.

Only studio.jobs.lifecycle.machine and studio.jobs.lifecycle.decisions change the state of a job.
"""
