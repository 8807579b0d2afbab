"""What a finding about a domain is. Pure.

`bad`: mail does not leave, or mailboxes have reason to refuse it. `advice`: it works, and could be better. `unknown`:
neither SES nor a name server answered, so ask again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from chalicelib.messages.deliverability.records import Record
from chalicelib.messages.deliverability.seen import Seen

Result = Literal["bad", "unknown", "advice", "good"]
ORDER: Final[tuple[Result, ...]] = ("bad", "unknown", "advice", "good")
SOONER: Final = "Nobody answered; ask again in a minute."


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. do: None where nothing is to be done."""

    check: str
    result: Result
    found: str
    do: str | None = None
    records: tuple[Record, ...] = ()


def aligned(name: str, seen: Seen) -> bool:
    """Whether a name belongs to the same organisation, which reaches as far up as the DMARC policy was found."""
    base = seen.policy_at or seen.domain
    return name == base or name.endswith(f".{base}")
