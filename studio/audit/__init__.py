"""The audit log: who decided what, when and from where, in a chain that shows every later change.

``log.record`` writes, ``verify.walk`` proves, ``origin`` knows from where. It imports no other room.
"""
