"""The WSGI application that the web server runs: Django behind the layer that answers polls."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from studio.env import WrongEnvironment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
try:
    django = get_wsgi_application()
except WrongEnvironment as error:
    sys.exit(f"Dailies cannot start: {error.sentence}")

from dashboard.polls.layer import PollLayer

application = PollLayer(django)
