"""The product's settings, with patience short enough to be killed a thousand times in a quarter of an hour.

What they need from the environment (DATA_DIR, DATABASE_URL, STUDIO_BASE_URL …) is set by tests.torture.world.
"""

from studio.settings import *  # noqa: F403

GENERATE_DEADLINE = 1.5  # seconds
RECONCILE_LINK_AFTER = 1.0
RECONCILE_ASK_AFTER = 6.0  # longer than the upstream's history is ever stale
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
