"""The audit log: who decided what, when and from where, in a hash chain that reveals any later change.

``log.record`` writes, ``verify.walk`` checks, ``origin`` has the source. It imports no other room.
"""
