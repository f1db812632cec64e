"""The way out: the httpx client of a Video Studio API, and the guarded fetch.

Only this room knows HTTP to the outside; it is the only one that imports httpx, and sets every time-out.
"""
