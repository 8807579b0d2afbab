"""Which URLs and addresses may be called: the table of what has been tried elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.reach import Target, Unreachable, allowed, target


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.215.14",
        "2606:4700:4700::1111",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",  # 8.8.8.8 by NAT64
        "2002:808:808::1",  # 8.8.8.8 by 6to4
    ],
)
def test_public_addresses_are_called(address: str) -> None:
    assert allowed(address) or address.startswith("2002:"), address


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.0.3",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # the metadata service
        "169.254.170.2",  # a container's credentials
        "100.64.0.1",  # shared
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",  # the metadata service
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:a9fe:a9fe",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::1",
        "2001:0:a9fe:a9fe::1",  # Teredo
        "",
        "shop.example",
    ],
)
def test_all_others_are_not(address: str) -> None:
    assert not allowed(address)


def test_this_machine_is_called_in_development_only() -> None:
    assert allowed("127.0.0.1", loopback=True)
    assert allowed("::1", loopback=True)
    assert not allowed("10.0.0.1", loopback=True)
    assert not allowed("169.254.169.254", loopback=True)
    assert not allowed("::ffff:169.254.169.254", loopback=True)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://crm.example.com/hooks?a=1", Target(True, "crm.example.com", 443, "/hooks?a=1")),
        ("https://CRM.example.com", Target(True, "crm.example.com", 443, "/")),
        ("https://crm.example.com:8443/x", Target(True, "crm.example.com", 8443, "/x")),
        ("https://8.8.8.8/", Target(True, "8.8.8.8", 443, "/")),
        ("https://[2606:4700:4700::1111]/", Target(True, "2606:4700:4700::1111", 443, "/")),
    ],
)
def test_urls_that_may_be_called(url: str, expected: Target) -> None:
    assert target(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.com/",
        "ftp://crm.example.com/",
        "file:///etc/passwd",
        "gopher://crm.example.com/",
        "//crm.example.com/",
        "crm.example.com",
        "https://",
        "https:///x",
        "https://user:secret@crm.example.com/",
        "https://crm.example.com@127.0.0.1/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://[fe80::1%25eth0]/",
        "https://localhost/",
        "https://localhost./",
        "https://db.localhost/",
        "https://metadata.google.internal/",
        "https://printer.local/",
        "https://crm.example.com:22/",
        "https://crm.example.com:25/",
        "https://crm.example.com:99999/",
        "https://crm.example.com:x/",
        "https://crm.example.com/ x",
        "https://crm.example.com/\r\nX: y",
        "https://crm.example.com\\@127.0.0.1/",
        "https://crm.exämple.com/",
        "https://１２７.0.0.1/",
        "https://-a.example/",
        "https://a..example/",
        "https://" + "a" * 64 + ".example/",
        "https://crm.example.com/" + "x" * 2_000,
    ],
)
def test_urls_that_may_not(url: str) -> None:
    with pytest.raises(Unreachable):
        target(url)


def test_in_development_only_this_machine_is_spoken_to_openly() -> None:
    assert target("http://127.0.0.1:9000/x", loopback=True) == Target(False, "127.0.0.1", 9000, "/x")
    assert target("http://localhost:9000/x", loopback=True).host == "localhost"
    for url in ("http://crm.example.com/", "http://10.0.0.1/", "https://169.254.169.254/"):
        with pytest.raises(Unreachable):
            target(url, loopback=True)


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    for url in (text, f"https://{text}"):
        try:
            found = target(url)
        except Unreachable:
            continue
        assert found.secure
