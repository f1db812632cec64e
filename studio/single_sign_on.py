"""What django-allauth is told of the OpenID Connect provider that people may sign in by."""

from hashlib import sha256
from typing import Any

from studio.env import WrongEnvironment


def provider_id(issuer: str) -> str:
    """Another issuer has another one: who was "7" at the old one is not taken for "7" at the new one."""
    return f"oidc-{sha256(issuer.encode()).hexdigest()[:8]}"


def providers(issuer: str, client_id: str, secret: str, name: str) -> dict[str, Any]:
    """``SOCIALACCOUNT_PROVIDERS``; empty without an issuer. Raises WrongEnvironment when only some parts are set."""
    parts = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": client_id, "OIDC_CLIENT_SECRET": secret}
    missing = [setting for setting, value in parts.items() if not value]
    if len(missing) == len(parts):
        return {}
    if missing:
        raise WrongEnvironment(f"Single sign-on needs {', '.join(parts)}. Missing: {', '.join(missing)}.")
    app = {
        "provider_id": provider_id(issuer),
        "name": name,
        "client_id": client_id,
        "secret": secret,
        "settings": {"server_url": issuer, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}
