"""The layer between the sockets and Django: granian's RSGI interface on one side, a WSGI application on the other.

The event loop and granian transfer bytes that a client sends or receives slowly; the threads of the WSGI application
only compute. Knows no Django. docs/decisions/0008 has the measurements behind it.
"""

from studio.front.application import Front

__all__ = ["Front"]
