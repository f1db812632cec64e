"""Submissions and jobs: the state machine, the idempotent steps that move it, and the questions that pages ask.

A job changes its state only through studio.jobs.lifecycle.machine and studio.jobs.lifecycle.decisions.
"""
