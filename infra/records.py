"""The DNS records of a deployment and how they compare with what the world sees. Pure: lookups are passed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.messages.deliverability.records import DMARC, Record, mail, plain, tracking

__all__ = ["Finding", "Lookup", "Record", "api", "certificate", "check", "mail", "tracking", "zone_lines"]

Lookup = Callable[[str, str], Sequence[str]]  # (name, type) to the answers; empty if there are none


@dataclass(frozen=True)
class Finding:
    """How one record stands: right or not, and what was found instead."""

    record: Record
    right: bool
    found: tuple[str, ...]


def api(domain: str, target: str) -> Record:
    """The endpoint's own name."""
    return Record(domain, "CNAME", target, "the endpoint, and links in mails (unsubscribing too)")


def certificate(name: str, value: str) -> Record:
    """What proves to ACM that the endpoint's name is yours."""
    return Record(name.rstrip("."), "CNAME", value.rstrip("."), "the endpoint's certificate is issued and renewed")


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
    said = [plain(answer) for answer in found]
    if record.name.startswith("_dmarc."):  # any policy is yours to choose; there must be one
        right = any(answer.startswith(DMARC.lower()) for answer in said)
    elif record.kind == "TXT":  # an SPF record may name others too
        right = any(answer.startswith("v=spf1") and "include:amazonses.com" in answer for answer in said)
    else:
        right = plain(record.value) in said
    return Finding(record, right, found)


def _quoted(record: Record) -> str:
    return f'"{record.value}"' if record.kind == "TXT" else record.value
