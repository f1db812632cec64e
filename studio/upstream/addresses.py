"""Which network addresses are on the public internet, and which private hosts an admin has allowed."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

NAT64 = IPv6Network("64:ff9b::/96")
ISATAP = frozenset(
    {0x5EFE, 0x2005EFE}
)  # the third 32 bits of an address whose last 32 bits are IPv4: RFC 5214
# The metadata service inside every machine of one large cloud, at an address that looks public.
METADATA_IN_PUBLIC_SPACE = frozenset({IPv4Address("168.63.129.16")})

LOW_WEB_PORTS = frozenset({80, 443})  # other ports below 1024 belong to mail, file sharing and shells


def is_web_port(port: int) -> bool:
    return port >= 1024 or port in LOW_WEB_PORTS


def is_public(address: str) -> bool:
    """True for an address of the public internet.

    False for private, loopback, link-local, shared, multicast, reserved and metadata ranges, for text that is not an
    address, and for IPv6 with such an IPv4 address inside (mapped, 6to4, NAT64, ISATAP, Teredo).
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    inner = _embedded(ip)
    return _is_public(ip) if inner is None else _is_public(inner)


def names_host(entries: Iterable[str], host: str, port: int) -> bool:
    """True if one of ``entries`` ("host" or "host:port", IPv6 in brackets before a port) names this host."""
    host = host.lower().strip("[]")
    spellings = {host, f"[{host}]", f"[{host}]:{port}" if ":" in host else f"{host}:{port}"}
    return any(entry.strip().lower() in spellings for entry in entries)


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if ip.is_multicast or ip.is_reserved or ip in METADATA_IN_PUBLIC_SPACE:
        return False
    return ip.is_global and not getattr(ip, "is_site_local", False)


def _embedded(ip: IPv4Address | IPv6Address) -> IPv4Address | None:
    if isinstance(ip, IPv4Address):
        return None
    if ip in NAT64 or (int(ip) >> 32) & 0xFFFFFFFF in ISATAP:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    # Teredo's own range is never global, so only the forms that may contain a public address are unwrapped.
    return ip.ipv4_mapped or ip.sixtofour
