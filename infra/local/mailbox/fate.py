"""What becomes of an accepted message: which events follow, and when. Pure, and the same for the same mail
every time."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from infra.local.mailbox.mail import Mail
from infra.local.mailbox.settings import Settings

SIMULATOR = "simulator.amazonses.com"
# A person needs a moment; below a second and a half it would be taken for a machine.
_UNTIL_OPENED = timedelta(seconds=3)
_UNTIL_CLICKED = timedelta(seconds=5)


@dataclass(frozen=True)
class Happening:
    """One event to come. `detail` is what `events.record` takes."""

    kind: str
    at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)


def fate(mail: Mail, settings: Settings, suppressed: Collection[str]) -> list[Happening]:
    """Send, and then for each recipient what the simulator address, the suppression list or the settings
    say."""
    happenings = [Happening("Send", mail.at)]
    for recipient in mail.recipients:
        happenings += _of_recipient(mail, recipient, settings, recipient.lower() in suppressed)
    return happenings


def simulator_name(address: str) -> str | None:
    """`bounce` for bounce@simulator.amazonses.com and bounce+anything@simulator.amazonses.com; None
    elsewhere."""
    local, _, domain = address.lower().rpartition("@")
    return local.partition("+")[0] if domain == SIMULATOR else None


def links(html: str | None) -> list[str]:
    """The web addresses that a message links to, each once, in order. Other schemes are left out."""
    collector = _Links()
    collector.feed(html or "")
    return list(dict.fromkeys(link for link in collector.found if link.lower().startswith(("http://", "https://"))))


def _of_recipient(mail: Mail, recipient: str, settings: Settings, suppressed: bool) -> list[Happening]:
    at = mail.at + timedelta(seconds=settings.after)
    to = {"recipient": recipient}
    simulated = simulator_name(recipient)
    if suppressed or simulated == "suppressionlist":
        return [Happening("Bounce", at, {**to, "subtype": "OnAccountSuppressionList"})]
    if simulated == "bounce" or _drawn(mail, recipient, "bounce", settings.bounce):
        return [Happening("Bounce", at, {**to, "subtype": "General"})]
    if simulated is None and not _drawn(mail, recipient, "delivery", settings.delivery):
        return []
    happenings = [Happening("Delivery", at, to)]
    if simulated == "complaint" or _drawn(mail, recipient, "complaint", settings.complaint):
        happenings.append(Happening("Complaint", at + _UNTIL_OPENED, to))
    clicked = _drawn(mail, recipient, "click", settings.click) and links(mail.html)
    if clicked or _drawn(mail, recipient, "open", settings.open):
        happenings.append(Happening("Open", at + _UNTIL_OPENED, to))
    if clicked:
        happenings.append(Happening("Click", at + _UNTIL_CLICKED, {**to, "link": clicked[0]}))
    return happenings


def _drawn(mail: Mail, recipient: str, purpose: str, share: float) -> bool:
    """A draw that hashes what was sent, not when: a replay of the same mails fares the same."""
    if share <= 0.0:
        return False
    parts = (purpose, recipient, mail.subject, *(f"{name}={value}" for name, value in sorted(mail.tags.items())))
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < share


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value.strip() for name, value in attrs if name == "href" and value]
