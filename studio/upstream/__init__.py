"""The only way out: the httpx client of a Video Studio API, guarded downloads, and webhook calls.

No other room imports httpx. Every time-out is set here.
"""
