"""`MailAccount` in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws.account import Listed, Suppressed
from chalicelib.errors import Transient


@dataclass
class MemoryAccount:
    """identities, sets: as SES answers, by name. listed: the suppression list. page: addresses on a page of it.
    silent: it answers nothing."""

    identities: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sets: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=lambda: {"ProductionAccessEnabled": True, "SendingEnabled": True})
    listed: dict[str, tuple[Listed, datetime]] = field(default_factory=dict)
    page: int = 2
    silent: bool = False
    now: datetime = datetime(2026, 11, 22, 9, tzinfo=UTC)
    region: str = "eu-west-1"

    def identity(self, domain: str) -> Mapping[str, Any] | None:
        self._answers()
        return self.identities.get(domain)

    def configuration_set(self, name: str) -> Mapping[str, Any] | None:
        self._answers()
        return self.sets.get(name)

    def account(self) -> Mapping[str, Any]:
        self._answers()
        return self.said

    def suppressed(self, since: datetime | None, token: str | None) -> tuple[list[Suppressed], str | None]:
        self._answers()
        found = sorted(Suppressed(address, *told) for address, told in self.listed.items())
        found = [one for one in found if since is None or one.at >= since]
        start = int(token or 0)
        after = start + self.page
        return found[start:after], str(after) if after < len(found) else None

    def suppress(self, address: str, reason: Listed) -> None:
        self._answers()
        self.listed[address] = (reason, self.now)

    def listing(self, address: str) -> Suppressed | None:
        self._answers()
        return next((Suppressed(each, *told) for each, told in self.listed.items() if _same(each, address)), None)

    def lift(self, address: str) -> None:
        self._answers()
        for each in [each for each in self.listed if _same(each, address)]:
            del self.listed[each]

    def _answers(self) -> None:
        if self.silent:
            raise Transient("SES does not answer")


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()
