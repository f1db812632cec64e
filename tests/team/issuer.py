"""An OpenID Connect provider on a real socket: discovery, authorization, token, keys and userinfo.

    with Issuer() as issuer:
        issuer.claims = {"sub": "7", "email": "member@example.com", "email_verified": True}

Whoever comes to its authorization page is sent back at once, as the person whom ``claims`` tell of. It checks the
client's secret, the redirect address and the PKCE verifier, and gives each code once.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, SECRET = "dailies", "a-secret-of-the-client"


@dataclass
class Issuer:
    claims: dict[str, Any] = field(default_factory=dict)
    error: str = ""  # what its authorization page answers instead of a code
    refuses_tokens: bool = False
    asked: list[str] = field(default_factory=list)  # paths, in their order
    codes: dict[str, dict[str, str]] = field(default_factory=dict)  # what each was asked for with

    def __post_init__(self) -> None:
        handler = type("Handler", (_Handler,), {"issuer": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def id_token(self) -> str:
        now = int(time.time())
        told = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 60, "sub": self.claims["sub"]}
        return jwt.encode(told, self.key, algorithm="RS256", headers={"kid": "one"})

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.issuer.asked.append(parts.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path:
            case "/.well-known/openid-configuration":
                self.say(self.configuration())
            case "/authorize":
                self.authorize(query)
            case "/keys":
                key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.issuer.key.public_key()))
                self.say({"keys": [key | {"kid": "one", "alg": "RS256"}]})
            case "/userinfo" if self.headers["Authorization"] == "Bearer a-token":
                self.say(self.issuer.claims)
            case _:
                self.say({"error": "not_found"}, 404)

    def do_POST(self) -> None:
        self.issuer.asked.append(self.path)
        length = int(self.headers["Content-Length"])
        posted = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        if self.path != "/token" or self.issuer.refuses_tokens or not self.is_right(posted):
            self.say({"error": "invalid_grant"}, 400)
        else:
            self.say({"access_token": "a-token", "token_type": "Bearer", "id_token": self.issuer.id_token()})

    def configuration(self) -> dict[str, Any]:
        paths = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
        paths |= {"userinfo_endpoint": "/userinfo", "jwks_uri": "/keys"}
        told = {name: self.issuer.url + path for name, path in paths.items()}
        return told | {
            "issuer": self.issuer.url,
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def authorize(self, query: dict[str, str]) -> None:
        answer = {"state": query["state"]}
        if self.issuer.error:
            answer["error"] = self.issuer.error
        else:
            answer["code"] = secrets.token_urlsafe(8)
            self.issuer.codes[answer["code"]] = query
        self.send_response(302)
        self.send_header("Location", f"{query['redirect_uri']}?{urlencode(answer)}")
        self.end_headers()

    def is_right(self, posted: dict[str, str]) -> bool:
        """A code, given once, to this client, for this address, asked for by whoever holds the verifier."""
        asked = self.issuer.codes.pop(posted.get("code", ""), {})
        verifier = hashlib.sha256(posted.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        return (
            (posted.get("client_id"), posted.get("client_secret")) == (CLIENT_ID, SECRET)
            and asked.get("redirect_uri") == posted.get("redirect_uri")
            and asked.get("code_challenge") == challenge
        )

    def say(self, told: Any, status: int = 200) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass
