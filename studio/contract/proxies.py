"""Tells whether an answer is from the API, or from a proxy, firewall or load balancer in front of it.

A proxy cannot know whether the API accepted a request before the proxy answered. So its answer proves no refusal and
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
_ADDRESS = re.compile(r"https?://\S+")  # the URL of a file on a CDN does not name the author of the answer


def is_from_proxy(
    body: str, *, is_json: bool, content_type: str = "", server: str = "", sent: str = ""
) -> bool:
    """True if the answer is an HTML page, or names a proxy product.

    ``server`` (the Server header) counts only if the body is not JSON: many APIs run behind nginx, which puts its name
    on every answer. A product's name that is also in ``sent``, the body of the request, is an echo and does not count.
    """
    body, sent = body.strip().lower(), sent.lower()
    if not is_json and (body.startswith("<") or (body and "html" in content_type.lower())):
        return True
    author = body if is_json else f"{body} {server.lower()}"
    return any(name not in sent for name in _PRODUCT.findall(_ADDRESS.sub(" ", author)))
