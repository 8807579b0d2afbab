"""How mailboxes take what a domain sends: what became of its mails by the hour, rates of them, and when they are so bad
that marketing must stop before a provider, or SES, stops it for good. Pure.

The counts are approximate: what feedback has learned is written in sums, once for a batch (store.py). Rates of hundreds
of mails do not suffer by that; whoever needs to know of one mail reads the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from chalicelib.messages.health.setting import SenderHealth

COUNTED: Final[Mapping[str, str]] = {
    "sent_at": "sent",
    "delivered_at": "delivered",
    "bounced_at": "bounced",
    "soft_bounced_at": "soft_bounced",
    "complained_at": "complained",
    "delayed_at": "delayed",
    "rejected_at": "rejected",
    "opened_at": "opened",
    "machine_opened_at": "opened_by_machine",
    "clicked_at": "clicked",
    "machine_clicked_at": "clicked_by_machine",
}
"""By the name of an outcome in its row: how it is counted, the first time that it is learned of the row."""

BAD: Final = frozenset({"bounced", "complained"})
"""After these a domain's rates are looked at."""

PROVIDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "gmail": ("gmail.com", "googlemail.com"),
    "microsoft": ("outlook.", "hotmail.", "live.", "msn.com"),
    "yahoo": ("yahoo.", "ymail.com", "aol.com", "rocketmail.com"),
    "apple": ("icloud.com", "me.com", "mac.com"),
}
"""Whose mailboxes: the domains, and beginnings of domains. Companies' own domains at a provider are `other`."""

OTHER: Final = "other"
FEWEST: Final[Mapping[str, int]] = {"bounced": 10, "complained": 3}
"""Fewer than so many are chance, whatever rate they come to."""


@dataclass(frozen=True)
class Hour:
    """What became of a domain's mails in one hour (UTC). counts: `sent`; `gmail.sent`, of one provider's mailboxes."""

    domain: str
    at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Rates:
    """Counts over some time, and what they come to."""

    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def bounces(self) -> float | None:
        """Hard bounces of what was sent; None before anything was."""
        return _share(self.counts.get("bounced", 0), self.counts.get("sent", 0))

    @property
    def complaints(self) -> float | None:
        """Complaints of what was delivered; None before anything was."""
        return _share(self.counts.get("complained", 0), self.counts.get("delivered", 0))

    def of(self, provider: str) -> Rates:
        """Those of one provider's mailboxes."""
        start = f"{provider}."
        return Rates({name[len(start) :]: n for name, n in self.counts.items() if name.startswith(start)})

    @property
    def whole(self) -> Mapping[str, int]:
        """The counts of all providers together."""
        return {name: number for name, number in self.counts.items() if "." not in name}


@dataclass(frozen=True)
class Breach:
    """A limit that is passed. what: `bounced` or `complained`."""

    domain: str
    what: str
    rate: float
    limit: float
    count: int
    of: int
    days: int

    @property
    def why(self) -> str:
        """In words, with the figures."""
        said = "mails bounced for good" if self.what == "bounced" else "mails were marked as spam"
        return (
            f"{self.count} of {self.of} {said} in {self.days} days from {self.domain}: {self.rate:.2%}, where the"
            f" setting allows {self.limit:.2%}"
        )


def provider(address: str) -> str:
    """Whose mailbox an address is, as far as its domain tells."""
    domain = address.rpartition("@")[2].strip().lower()
    for name, domains in PROVIDERS.items():
        if any(domain == each or (each.endswith(".") and domain.startswith(each)) for each in domains):
            return name
    return OTHER


def hour(at: datetime) -> datetime:
    """The hour (UTC) in which something is counted."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def together(hours: Iterable[Hour]) -> Rates:
    """Some hours as one."""
    counts: Counter[str] = Counter()
    for each in hours:
        counts.update(each.counts)
    return Rates(dict(counts))


def by_day(hours: Iterable[Hour]) -> dict[str, Rates]:
    """By day (UTC, `2026-11-22`), ascending."""
    days: dict[str, list[Hour]] = {}
    for each in hours:
        days.setdefault(f"{each.at:%Y-%m-%d}", []).append(each)
    return {day: together(days[day]) for day in sorted(days)}


def since(limits: SenderHealth, released_at: datetime | None, now: datetime) -> datetime:
    """From which hour on a domain is judged: the setting's days, and nothing that was before somebody let it send
    again."""
    first = hour(now - timedelta(days=limits.days))
    return first if released_at is None else max(first, hour(released_at) + timedelta(hours=1))


def breach(domain: str, rates: Rates, limits: SenderHealth) -> Breach | None:
    """The limit that a domain has passed; None if it has not, or if there are too few mails to tell."""
    asked = (
        ("complained", "delivered", rates.complaints, limits.complaints),
        ("bounced", "sent", rates.bounces, limits.bounces),
    )
    for what, base, rate, limit in asked:
        count, of = rates.counts.get(what, 0), rates.counts.get(base, 0)
        if rate is not None and rate > limit and count >= FEWEST[what] and of >= limits.at_least:
            return Breach(domain, what, rate, limit, count, of, limits.days)
    return None


Standing = Literal["good", "watch", "bad", "too_few"]


def standing(domain: str, rates: Rates, limits: SenderHealth) -> Standing:
    """How a domain stands: `bad` above a limit, `watch` above half of one, `too_few` mails to tell."""
    if breach(domain, rates, limits) is not None:
        return "bad"
    if rates.counts.get("sent", 0) < limits.at_least:
        return "too_few"
    half = limits.model_copy(update={"complaints": limits.complaints / 2, "bounces": limits.bounces / 2})
    return "good" if breach(domain, rates, half) is None else "watch"


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
