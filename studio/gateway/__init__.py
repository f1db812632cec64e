"""The Video Studio API, served to the team's scripts: the same calls, answers and errors, by personal tokens.

It makes no clip by itself: what it is asked for goes the way of every clip, through studio.jobs.
"""
