"""The models: a list of all, a page that inspects one, and up to four side by side.

No database models: Django looks for those of an app in a module of this name, and finds none here.
"""
