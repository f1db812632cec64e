"""What stands between the sockets and Django: granian's RSGI interface on one side, a WSGI application on the other.

Bytes that a client sends or takes slowly are moved by the event loop and by granian; the threads of the WSGI
application only compute. Knows no Django. docs/decisions/0008 has the figures that led to it.
"""

from studio.front.application import Front

__all__ = ["Front"]
