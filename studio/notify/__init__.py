"""Notifications: on the page, by mail and by webhook, with each person's choices and quiet hours.

A notification only writes rows, in the transaction of its cause; the worker delivers them.
"""
