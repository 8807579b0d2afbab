"""The DNS records of a deployment and how they compare with what the world sees. Pure: lookups are passed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

Lookup = Callable[[str, str], Sequence[str]]  # (name, type) to the answers; empty if there are none

DMARC: Final = "v=DMARC1"


@dataclass(frozen=True)
class Record:
    """One record to paste. why: what stops working without it."""

    name: str
    kind: str
    value: str
    why: str


@dataclass(frozen=True)
class Finding:
    """How one record stands: right or not, and what was found instead."""

    record: Record
    right: bool
    found: tuple[str, ...]


def mail(domain: str, region: str, tokens: Sequence[str], signing_zone: str, mail_from: str) -> list[Record]:
    """DKIM, MAIL FROM and DMARC. tokens, signing_zone: as SES's GetEmailIdentity gives them."""
    return [
        *(
            Record(
                f"{token}._domainkey.{domain}", "CNAME", f"{token}.{signing_zone}", "DKIM: mails are signed as yours"
            )
            for token in tokens
        ),
        Record(mail_from, "MX", f"10 feedback-smtp.{region}.amazonses.com", "MAIL FROM: bounces come back to SES"),
        Record(mail_from, "TXT", "v=spf1 include:amazonses.com ~all", "SPF, aligned with your domain"),
        Record(f"_dmarc.{domain}", "TXT", f"{DMARC}; p=none;", "DMARC: Gmail and Yahoo ask it of bulk senders"),
    ]


def api(domain: str, target: str) -> Record:
    """The endpoint's own name."""
    return Record(domain, "CNAME", target, "the endpoint, and links in mails (unsubscribing too)")


def certificate(name: str, value: str) -> Record:
    """What proves to ACM that the endpoint's name is yours."""
    return Record(name.rstrip("."), "CNAME", value.rstrip("."), "the endpoint's certificate is issued and renewed")


def tracking(domain: str, region: str) -> Record:
    """The name of links and pixels by which SES sees clicks and opens."""
    return Record(
        domain, "CNAME", f"r.{region}.awstrack.me", "links of mails lead through your name, not through AWS's"
    )


def check(records: Sequence[Record], lookup: Lookup) -> list[Finding]:
    """Compare each record with what a resolver answers."""
    return [_finding(record, tuple(lookup(record.name, record.kind))) for record in records]


def zone_lines(records: Sequence[Record]) -> list[str]:
    """In the form that zone files and most providers' forms take, each with its reason."""
    width = max((len(record.name) for record in records), default=0)
    return [
        f"{record.name:<{width}}  {record.kind:<5}  {_quoted(record):<60}  ; {record.why}".rstrip()
        for record in records
    ]


def _finding(record: Record, found: tuple[str, ...]) -> Finding:
    plain = [_plain(answer) for answer in found]
    if record.name.startswith("_dmarc."):  # any policy is yours to choose; there must be one
        right = any(answer.startswith(DMARC.lower()) for answer in plain)
    elif record.kind == "TXT":  # an SPF record may name others too
        right = any(answer.startswith("v=spf1") and "include:amazonses.com" in answer for answer in plain)
    else:
        right = _plain(record.value) in plain
    return Finding(record, right, found)


def _plain(answer: str) -> str:
    return answer.strip().strip('"').rstrip(".").lower()


def _quoted(record: Record) -> str:
    return f'"{record.value}"' if record.kind == "TXT" else record.value
