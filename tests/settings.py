"""The product's settings in a world of their own: a fresh data folder, and nothing from the environment."""

import atexit
import os
import shutil
import tempfile

_OURS = (
    "STUDIO_BASE_URL",
    "STUDIO_API_KEY",
    "STUDIO_ALLOWED_HOSTS",
    "ENCRYPTION_KEY",
    "SECRET_KEY",
    "PUBLIC_URL",
    "HOST",
    "PORT",
    "DJANGO_SUPERUSER_EMAIL",
    "DJANGO_SUPERUSER_PASSWORD",
    "EMAIL_HOST",
    "ALLOWED_HOSTS",
    "TRUSTED_PROXY_COUNT",
    "TIME_ZONE",
    "DEBUG",
    "DATABASE_URL",
    "MEDIA_STORAGE",
)
for _name in _OURS:
    os.environ[_name] = ""  # set and empty: a developer's .env does not reach the tests either
    os.environ.pop(f"{_name}_FILE", None)
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")  # see tests/postgres.py
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="dailies-tests-")  # one for each xdist worker
_OURS_ALONE = os.getpid(), os.environ["DATA_DIR"]


@atexit.register
def _clear() -> None:
    """A process that was forked off leaves the folder alone."""
    owner, folder = _OURS_ALONE
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


from studio.settings import *  # noqa: E402, F403
from studio.settings import DATA_DIR, DATABASES, STORAGES  # noqa: E402

if not os.environ["DATABASE_URL"]:
    # A file, as in production: threads and processes meet the same locks. Nothing has to survive a power cut.
    DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
os.environ["DATABASE_URL"] = ""  # what a test starts has a database of its own
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True  # static files straight from their sources
