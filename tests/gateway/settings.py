"""The product's settings for an installation that tests start: its sandbox answers at once, its pages need no build."""

from studio.settings import *  # noqa: F403
from studio.settings import DATABASES, STORAGES

SANDBOX_PACE = "instant"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True  # static files straight from their sources
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # nothing of it has to survive a power cut
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
