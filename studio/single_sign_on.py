"""django-allauth's settings for an OpenID Connect provider."""

from hashlib import sha256
from typing import Any

from studio.env import WrongEnvironment


def provider_id(issuer: str) -> str:
    """An ID derived from the issuer, so that user "7" of one issuer is never matched to user "7" of another."""
    return f"oidc-{sha256(issuer.encode()).hexdigest()[:8]}"


def providers(issuer: str, client_id: str, secret: str, name: str) -> dict[str, Any]:
    """``SOCIALACCOUNT_PROVIDERS``, empty if nothing is set. Raises WrongEnvironment if only some parts are set."""
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
