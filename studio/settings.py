"""Django settings. Everything that differs between installations is read from the environment (`.env.example`)."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.utils import get_random_secret_key
from django.utils.csp import CSP

from studio import databases, env, servers, single_sign_on, storages

BASE_DIR = Path(__file__).resolve().parent.parent
env.read_dotenv(BASE_DIR / ".env")

# ── The installation ────────────────────────────────────────────────────────────────────────────────────
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var")
HOST = env.host("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, least=1, most=65535)
# The address for local clients of a server that listens on all addresses.
NEAR_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(HOST, HOST)  # noqa: S104 a key, not an address to bind
PUBLIC_URL = (
    env.origin("PUBLIC_URL") or f"http://{f'[{NEAR_HOST}]' if ':' in NEAR_HOST else NEAR_HOST}:{PORT}"
)
DEBUG = env.boolean("DEBUG", False)


def _secret_key() -> str:
    """The key from the environment, else one created at the first start and stored with the data."""
    if key := env.text("SECRET_KEY"):
        return key
    return env.kept_secret("DATA_DIR", DATA_DIR / "secret_key", get_random_secret_key)


SECRET_KEY = _secret_key()
HTTPS = PUBLIC_URL.startswith("https://")
_PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or HOST
_NAMES = [
    "localhost",
    "127.0.0.1",
    "::1",
    HOST,
    _PUBLIC_HOST,
    *(env.own_names() if NEAR_HOST != HOST else ()),
]
ALLOWED_HOSTS = [
    *(f"[{name}]" if ":" in name else name for name in _NAMES),
    *env.served_hosts("ALLOWED_HOSTS"),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "dashboard.middleware.csrf.refused"

# ── The upstream ────────────────────────────────────────────────────────────────────────────────────────
# If both are set, the default connection is that Video Studio API; if neither is, it is the sandbox.
STUDIO_BASE_URL = env.http_url("STUDIO_BASE_URL")
STUDIO_API_KEY = env.secret("STUDIO_API_KEY")
if bool(STUDIO_BASE_URL) != bool(STUDIO_API_KEY):
    _there, _missing = (
        ("STUDIO_BASE_URL", "STUDIO_API_KEY") if STUDIO_BASE_URL else ("STUDIO_API_KEY", "STUDIO_BASE_URL")
    )
    raise env.WrongEnvironment(
        f"{_there} is set but {_missing} is not: set both for a real studio, neither for the sandbox."
    )
# Seconds that a paid request may take, even if bytes keep arriving. Its lease is longer: studio.jobs.dispatch.sending.
GENERATE_DEADLINE = 50.0
# Seconds after a lost answer. Before the first, a single fitting row of the history proves nothing; after the second, a
# person is asked.
RECONCILE_LINK_AFTER = 3.0
RECONCILE_ASK_AFTER = 120.0
# Credits: managers and admins are notified when a connection other than the sandbox has fewer. 0: never.
BALANCE_LOW_BELOW = env.integer("BALANCE_LOW_BELOW", 500, least=0, most=1_000_000_000)
# Private hosts ("host" or "host:port") that files may be downloaded from, and webhooks called on.
STUDIO_ALLOWED_HOSTS = env.hosts_with_ports("STUDIO_ALLOWED_HOSTS")

# Seconds that the answer to a script's request waits for the studio's own: see studio.gateway.generate.
API_PATIENCE = 10.0
# Requests per minute that one token may make.
API_READS_PER_MINUTE = env.integer("API_READS_PER_MINUTE", 600, least=1, most=100_000)
API_CLIPS_PER_MINUTE = env.integer("API_CLIPS_PER_MINUTE", 60, least=1, most=100_000)
# Origins of web pages that may call the API from a browser; empty for none.
API_CORS_ORIGINS = env.origins("API_CORS_ORIGINS")
# Hours that a result URL for a script works without a session.
RESULT_URL_HOURS = env.integer("RESULT_URL_HOURS", 24, least=1, most=720)

# Keys that encrypt the API keys of connections, newest first. If they are not in the environment, they are in a file
# that is read at each use, so `manage.py rotate-keys` needs no restart.
ENCRYPTION_KEYS = env.encryption_keys("ENCRYPTION_KEY")
ENCRYPTION_KEYS_FILE = DATA_DIR / "connection_keys"
if not ENCRYPTION_KEYS:
    env.kept_secret("DATA_DIR", ENCRYPTION_KEYS_FILE, env.new_encryption_key)

# ── Applications ────────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "django_htmx",
    "studio.audit",
    "studio.notify",
    "studio.team",
    "studio.projects",
    "studio.tokens",
    "studio.sandbox",
    "studio.catalog",
    "studio.credits",
    "studio.jobs",
    "studio.library",
    "studio.worker",
    "studio.gateway",
    "studio.upkeep",
    "dashboard",
]
MIDDLEWARE = [
    "dashboard.middleware.response_headers.safe_defaults",
    "django.middleware.security.SecurityMiddleware",
    "studio.gateway.middleware.single_slashes",
    "studio.gateway.middleware.cors",
    "studio.gateway.middleware.errors_in_json",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dashboard.middleware.compression.CompressText",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "dashboard.security.middleware.SecondFactorFirst",
    "dashboard.security.middleware.NoteSession",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboard.audit.middleware.from_where",
]
ROOT_URLCONF = "studio.urls"
WSGI_APPLICATION = "studio.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.context.studio",
            ],
        },
    },
]

# ── Data ────────────────────────────────────────────────────────────────────────────────────────────────
# A PostgreSQL server if DATABASE_URL is set, else a file in DATA_DIR.
_POSTGRESQL = servers.postgresql("DATABASE_URL")
DATABASES = {
    "default": databases.postgresql(_POSTGRESQL)
    if _POSTGRESQL
    else databases.sqlite(env.sqlite_file("DATA_DIR", DATA_DIR / "dailies.sqlite3"))
}
# Seconds that `manage.py up` waits for a PostgreSQL server that does not answer.
DATABASE_PATIENCE = 60.0
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"
# A bucket if MEDIA_STORAGE is set, else MEDIA_ROOT. Pages always link to MEDIA_URL, never to the bucket.
_BUCKET = servers.bucket("MEDIA_STORAGE")
_BUCKET_KEY = {"key_id": env.text("AWS_ACCESS_KEY_ID"), "secret": env.text("AWS_SECRET_ACCESS_KEY")}
# Several processes share counters (sign-in limits, ended sessions), so the cache is in the database.
# Migration team.0002 creates its table.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# ── Static files ────────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": storages.bucket(_BUCKET, **_BUCKET_KEY) if _BUCKET else storages.FOLDER,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# ── People ──────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "team.Member"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Created if there is no member. The variables are those of Django's createsuperuser.
FIRST_ADMIN_EMAIL = env.email("DJANGO_SUPERUSER_EMAIL", "admin@localhost")
FIRST_ADMIN_PASSWORD = env.text("DJANGO_SUPERUSER_PASSWORD")
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "dashboard.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an admin's invitation vouches for the address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGOUT_REDIRECT_URL
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
# Passwords: see dashboard.accounts.sign_in_limits. "login_failed" applies only to codes of a second factor, which come
# after the password; only wrong ones count. Secrets that nobody can guess (a link, a passkey) have no limit: a limit
# per address would only lock out colleagues.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "5/5m/key",
    "reset_password": "5/m/key,60/m/ip",  # mails to one account use up its own limit first
    "reset_password_from_key": None,
}
# The number of proxies in front of the web server. If it is wrong, all visitors share the proxy's address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0, least=0, most=10)

# ── Second factors ──────────────────────────────────────────────────────────────────────────────────────
# Who must have one: "" nobody, "admins" or "everyone". Until they do, every page leads to its setup.
REQUIRE_SECOND_FACTOR = env.choice("REQUIRE_SECOND_FACTOR", ["admins", "everyone"])
MFA_ADAPTER = "dashboard.security.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RATE_LIMITS = {"webauthn_login": None}
MFA_TOTP_ISSUER = "Dailies"
MFA_FORMS = {
    "authenticate": "dashboard.security.forms.CodeForm",
    "reauthenticate": "dashboard.security.forms.CodeAgainForm",
    "activate_totp": "dashboard.security.forms.ActivateAppForm",
    "add_webauthn": "dashboard.security.forms.AddPasskeyForm",
}

# ── Single sign-on ──────────────────────────────────────────────────────────────────────────────────────
# An OpenID Connect provider. Its users sign in as the active member with the same e-mail address.
OIDC_ISSUER = env.http_url("OIDC_ISSUER")
OIDC_NAME = env.text("OIDC_NAME", "single sign-on")
# The role of new members who sign in with it; "" if they cannot join by themselves. Never admin.
OIDC_AUTO_JOIN = env.choice("OIDC_AUTO_JOIN", ["viewer", "member", "manager"])
OIDC_PROVIDER = single_sign_on.provider_id(OIDC_ISSUER)
SOCIALACCOUNT_PROVIDERS = single_sign_on.providers(
    OIDC_ISSUER, env.text("OIDC_CLIENT_ID"), env.secret("OIDC_CLIENT_SECRET"), OIDC_NAME
)
SOCIALACCOUNT_ADAPTER = "dashboard.accounts.sign_on.SignOnAdapter"
# Our own view starts it, from our own pages only: the CSP does not allow a form that redirects to another site.
SOCIALACCOUNT_LOGIN_ON_GET = True

# ── Mail ────────────────────────────────────────────────────────────────────────────────────────────────
# For invitations, forgotten passwords and notifications. Without EMAIL_HOST no mail is sent; admins hand out links.
_SMTP = {
    "host": env.text("EMAIL_HOST"),
    "port": env.integer("EMAIL_PORT", 587, least=1, most=65535),
    "username": env.text("EMAIL_HOST_USER"),
    "password": env.text("EMAIL_HOST_PASSWORD"),
    "use_tls": env.boolean("EMAIL_USE_TLS", True),
    "timeout": 15,
}
MAILERS = (
    {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": _SMTP}}
    if _SMTP["host"]
    else {}
)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "dailies@localhost")

# ── Safety ──────────────────────────────────────────────────────────────────────────────────────────────
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "media-src": [CSP.SELF, "blob:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
}
SECURE_REFERRER_POLICY = "same-origin"
# Over plain http, browsers ignore this header except on localhost, and log a warning on every page.
_IS_TRUSTED = HTTPS or _PUBLIC_HOST in ("localhost", "127.0.0.1", "::1")
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if _IS_TRUSTED else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# The proxy that has the certificate redirects to https (W008). HSTS for other hosts of the domain is the operator's
# decision (W005, W021). Mail is optional (mail.W001).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021", "mail.W001"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Cookies are shared between all ports of a host: the name keeps installations on different ports apart.
SESSION_COOKIE_NAME = f"dailies_session_{PORT}"
CSRF_COOKIE_NAME = f"dailies_csrf_{PORT}"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # needs no extra cookie

# ── Logs ────────────────────────────────────────────────────────────────────────────────────────────────
# To stderr. Django's default would mail errors to admins and print nothing.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "studio.log_redaction.RedactingFormatter",
            "fmt": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django": {"handlers": []}, "django.request": {"level": "ERROR"}},
}

# ── Language and time ───────────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en"
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
