"""Personal tokens: what a member's scripts come in with. A token may do no more than its scopes and its member may.

Only a digest is kept: whoever reads the database cannot come in by it.
"""
