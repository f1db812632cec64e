"""Whose word an answer is: the API's, or that of a proxy, firewall or load balancer in front of it.

A proxy cannot know whether the API took a request before the proxy answered for it, so its word refuses nothing and
says nothing about the key.
"""

import re

PRODUCTS = (
    *("nginx", "openresty", "cloudflare", "cloudfront", "varnish", "envoy", "haproxy", "awselb", "traefik"),
    *(
        "squid",
        "akamai",
        "akamaighost",
        "fastly",
        "imperva",
        "incapsula",
        "sucuri",
        "istio",
        "kong",
        "litespeed",
    ),
    *("big-ip", "netscaler", "fortigate", "fortiweb", "zscaler", "apache", "caddy", "microsoft-iis"),
)
_PRODUCT = re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, PRODUCTS))})(?![a-z])")
_ADDRESS = re.compile(r"https?://\S+")  # a file on a CDN names no author of the answer


def is_from_proxy(
    body: str, *, is_json: bool, content_type: str = "", server: str = "", sent: str = ""
) -> bool:
    """Whether the answer is an HTML page, or names a proxy's product.

    ``server`` (the Server header) counts only where the body is not JSON: many APIs are served through nginx, which
    puts its name on every answer. A product's name that ``sent``, the body of the request, holds as well is an echo.
    """
    body, sent = body.strip().lower(), sent.lower()
    if not is_json and (body.startswith("<") or (body and "html" in content_type.lower())):
        return True
    author = body if is_json else f"{body} {server.lower()}"
    return any(name not in sent for name in _PRODUCT.findall(_ADDRESS.sub(" ", author)))
