"""The wire contract of the Video Studio API, pure: no Django, no I/O.

What a model can do, which values a request may hold, what it costs, what the API answers and how it refuses.
The browser, the sandbox and every client of an upstream use these same functions.
"""
