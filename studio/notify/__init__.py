"""What people are told: in the page, by mail, by webhook; what each wants to hear, and when.

Telling writes rows in the transaction of what is told, and nothing else: the worker delivers them.
"""
