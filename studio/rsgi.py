"""The RSGI application that the web server runs: the front, the poll layer, and Django's WSGI application."""

from studio.wsgi import application as wsgi  # first: it sets up Django, which the other imports need

# isort: split
from dashboard.middleware.body_limit import most_bytes
from studio.front import Front
from studio.settings import DATA_DIR

THREADS = 8  # of each process; at most two wait for a studio's answer: studio.gateway.generate

application = Front(wsgi, threads=THREADS, folder=DATA_DIR, quick=wsgi.without_waiting, limit=most_bytes)
