"""What name servers say, asked of one that runs here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from chalicelib.aws.dns import Resolver
from chalicelib.errors import Transient

ZONE = {
    ("mail.shop.example.", "MX"): ["10 feedback-smtp.eu-west-1.amazonses.com."],
    ("aaa._domainkey.shop.example.", "CNAME"): ["aaa.dkim.amazonses.com."],
    ("shop.example.", "TXT"): ['"v=spf1 include:amazonses.com" " ~all"', '"other"'],
}


def answer(question: dns.message.Message) -> dns.message.Message:
    """What a server of the zone says: nothing of `broken.`, and that there is no name of what it does not know."""
    (asked,) = question.question
    made = dns.message.make_response(question)
    made.flags |= dns.flags.RA
    name, kind = asked.name.to_text(), asked.rdtype.name
    if name == "broken.shop.example.":
        made.set_rcode(dns.rcode.SERVFAIL)
    elif (name, kind) in ZONE:
        made.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *ZONE[name, kind]))
    elif not any(known == name for known, _ in ZONE):
        made.set_rcode(dns.rcode.NXDOMAIN)
    return made


@pytest.fixture
def names() -> Iterator[Resolver]:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                wire, client = server.recvfrom(4096)
            except OSError:
                return
            if not wire:
                return
            server.sendto(answer(dns.message.from_wire(wire)).to_wire(), client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    asked = dns.resolver.Resolver(configure=False)
    asked.nameservers, asked.port = ["127.0.0.1"], server.getsockname()[1]
    yield Resolver(asked, seconds=0.5)
    server.sendto(b"", server.getsockname())
    thread.join()
    server.close()


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("mail.shop.example", "MX", ("10 feedback-smtp.eu-west-1.amazonses.com.",)),
        ("aaa._domainkey.shop.example", "CNAME", ("aaa.dkim.amazonses.com.",)),
        ("shop.example", "TXT", ("v=spf1 include:amazonses.com ~all", "other")),  # a long text comes in pieces
        ("shop.example", "MX", ()),
        ("nowhere.example", "TXT", ()),
    ],
)
def test_what_is_there_and_what_is_not(names: Resolver, name: str, kind: str, said: tuple[str, ...]) -> None:
    assert sorted(names.lookup(name, kind)) == sorted(said)  # they come in any order


def test_no_answer_is_not_the_answer_that_there_is_nothing(names: Resolver) -> None:
    with pytest.raises(Transient, match=r"no name server answered for TXT of broken\.shop\.example"):
        names.lookup("broken.shop.example", "TXT")
