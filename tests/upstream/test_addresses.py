"""Which addresses count as the public internet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.upstream.addresses import is_public, names_host

NOT_PUBLIC = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "168.63.129.16", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "fe80::1", "fe80::1%1", "fec0::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "2001:db8::1", "not an address", "",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1",
    "93.184.216.34",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "2002:101:101::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_off_the_public_internet_is_known(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_public_internet_is_known(address):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_wrapping_an_ipv4_address_in_ipv6_changes_nothing(ip):
    number = int(ip)
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    for wrapped in (f"::ffff:{ip}", f"64:ff9b::{high}:{low}", f"2002:{high}:{low}::1"):
        assert is_public(wrapped) == is_public(str(ip))


@pytest.mark.parametrize(
    ("entry", "host", "port", "named"),
    [
        ("studio.lan", "studio.lan", 80, True),
        ("Studio.LAN", "studio.lan", 8080, True),
        ("studio.lan:8080", "studio.lan", 8080, True),
        ("studio.lan:8080", "studio.lan", 80, False),
        ("studio.lan", "evil.studio.lan", 80, False),
        ("127.0.0.1", "127.0.0.1", 9, True),
        ("::1", "::1", 9, True),
        ("[::1]", "::1", 9, True),
        ("[::1]:9", "::1", 9, True),
        ("[::1]:9", "::1", 8, False),
        ("", "studio.lan", 80, False),
    ],
)
def test_an_admin_names_a_host_with_or_without_its_port(entry, host, port, named):
    assert names_host([entry], host, port) is named
