"""The RSGI application that the web server serves: the front, Django's WSGI application, and the layer between."""

from studio.wsgi import application as wsgi  # first: it prepares Django, whose models the others import

# isort: split
from dashboard.middleware.body_limit import most_bytes
from studio.front import Front
from studio.settings import DATA_DIR

THREADS = 8  # of each process; two may wait for a studio's answer: studio.gateway.generate

application = Front(wsgi, threads=THREADS, folder=DATA_DIR, quick=wsgi.without_waiting, limit=most_bytes)
