"""The state machine of requests and clips: every move, by the worker or by a person, and the copies of files."""
