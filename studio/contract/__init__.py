"""The wire contract of the Video Studio API, pure: no Django, no I/O.

What a model can do, what may be asked of it, what that costs, what the API answers and how it refuses.
The browser, the sandbox and every client of an upstream lean on these same functions.
"""
