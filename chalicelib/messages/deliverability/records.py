"""The DNS records that a sender's domain needs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

DMARC: Final = "v=DMARC1"
SPF: Final = "v=spf1"
SES: Final = "include:amazonses.com"
SIGNING_ZONE: Final = "dkim.amazonses.com"


@dataclass(frozen=True)
class Record:
    """One record to paste. why: what stops working without it."""

    name: str
    kind: str
    value: str
    why: str


def dkim(domain: str, tokens: Sequence[str], signing_zone: str) -> list[Record]:
    """Where SES's keys are found. tokens, signing_zone: as SES's GetEmailIdentity gives them."""
    return [
        Record(f"{token}._domainkey.{domain}", "CNAME", f"{token}.{signing_zone}", "DKIM: mails are signed as yours")
        for token in tokens
    ]


def bounces(mail_from: str, region: str) -> Record:
    """Where bounces go."""
    return Record(mail_from, "MX", f"10 feedback-smtp.{region}.amazonses.com", "MAIL FROM: bounces come back to SES")


def spf(mail_from: str) -> Record:
    """Who may send with this MAIL FROM."""
    return Record(mail_from, "TXT", f"{SPF} {SES} ~all", "SPF, aligned with your domain")


def dmarc(domain: str) -> Record:
    """What is to become of mails that prove nothing: nothing, to begin with."""
    return Record(f"_dmarc.{domain}", "TXT", f"{DMARC}; p=none;", "DMARC: Gmail and Yahoo ask it of bulk senders")


def mail(domain: str, region: str, tokens: Sequence[str], signing_zone: str, mail_from: str) -> list[Record]:
    """DKIM, MAIL FROM and DMARC."""
    return [*dkim(domain, tokens, signing_zone), bounces(mail_from, region), spf(mail_from), dmarc(domain)]


def tracking(domain: str, region: str) -> Record:
    """The name of links and pixels by which SES sees clicks and opens."""
    return Record(
        domain, "CNAME", f"r.{region}.awstrack.me", "links of mails lead through your name, not through AWS's"
    )


def plain(answer: str) -> str:
    """An answer as it is compared."""
    return answer.strip().strip('"').rstrip(".").lower()
