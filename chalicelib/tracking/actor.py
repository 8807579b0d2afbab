"""Who opened or followed a message: a person, a machine, or nobody can tell. Pure; the first rule that knows says so.

Half of all opens are machines', and many clicks: privacy proxies load every image when a mail arrives, gateways follow
every link before they let it through. What they did is kept, marked with the reason, and counts in no rule and no fact.

    machine   head               a HEAD request: programs look whether a link is there, people read what it leads to
              prefetch           the program says that it loads ahead (`Purpose`, `Sec-Purpose`)
              apple_privacy      Apple's Mail Privacy Protection, which loads everything, read or not
              gmail_prefetch     Gmail loads ahead, for people who have just had their mailbox open
              scanner            a gateway, a crawler or a program library, by its own name
              too_quick          under 1.5 seconds after the delivery, or before it: nobody reads so fast
              every_link         several different links within seconds: gateways follow them all
    unknown   image_proxy        Gmail's and Yahoo's proxies load an image when somebody opens the mail, mostly
              no_agent           it does not say what it is
    person    (none of these)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from chalicelib.tracking.answers import ACTOR, ACTOR_REASON, MACHINE, PERSON, UNKNOWN

EVERY_LINK: Final = "every_link"
TOO_QUICK: Final = timedelta(seconds=1.5)
TOO_MANY: Final = ((2, timedelta(seconds=1)), (3, timedelta(seconds=10)))
"""So many different links within so long are a machine's: nobody follows one, comes back and follows another."""

_APPLE: Final = "mozilla/5.0"  # the whole of what the proxy says of itself
_GMAIL_AHEAD: Final = re.compile(r"chrome/42\.0\.2311\.135 safari/537\.36 edge/12\.246 mozilla/5\.0$")
_PROXIES: Final = re.compile(r"googleimageproxy|yahoomailproxy")
# Cubot makes telephones.
_SCANNERS: Final = re.compile(
    r"(?<!cu)bot\b|\bbot|crawl|spider|scan|barracuda|mimecast|proofpoint|fireeye|trendmicro|messagelabs|symantec|sophos"
    r"|ironport|safelinks|urldefense|office365 link|microsoft office existence discovery|headless|phantomjs"
    r"|facebookexternalhit|slackbot|whatsapp/|telegrambot|google-safety|googleassociationservice"
    r"|\b(curl|wget|libwww-perl|okhttp|go-http-client|python-requests|python-urllib|aiohttp|java|ruby|axios|node-fetch)\b"
)


class Actor(NamedTuple):
    """Who acted (`person`, `machine`, `unknown`), and why; "" where nothing speaks against a person."""

    who: Literal["person", "machine", "unknown"]
    reason: str = ""

    def properties(self) -> dict[str, str]:
        """As an event says it."""
        return {ACTOR: self.who, **({ACTOR_REASON: self.reason} if self.reason else {})}


@dataclass(frozen=True)
class Act:
    """One open or click, as far as it was told.

    agent:   what it said of itself (`User-Agent`).
    after:   how long after the message was delivered (or had left, where the delivery was not told); None: not known.
    method:  of the request, and `ahead`: it said that it loads ahead of anybody's wish.
    link:    what was followed, and at: when; "" for an open. others: the other links of the message, with the time of
             the last click on each.
    """

    agent: str = ""
    after: timedelta | None = None
    method: str = "GET"
    ahead: bool = False
    link: str = ""
    at: datetime | None = None
    others: Mapping[str, datetime] = field(default_factory=dict)


def actor(act: Act) -> Actor:
    """Who did it."""
    agent = act.agent.strip().lower()
    for rule in _RULES:
        found = rule(act, agent)
        if found is not None:
            return found
    return Actor(PERSON)


def burst(ats: Mapping[str, datetime]) -> frozenset[str]:
    """Of links, by when each was followed: those that were followed faster than a person could."""
    ordered = sorted(ats.items(), key=lambda one: one[1])
    found = set[str]()
    for most, within in TOO_MANY:
        for first, (_, begun) in enumerate(ordered[: len(ordered) - most + 1]):
            if ordered[first + most - 1][1] - begun <= within:
                found.update(link for link, _ in ordered[first : first + most])
    return frozenset(found)


def _head(act: Act, agent: str) -> Actor | None:
    return Actor(MACHINE, "head") if act.method.upper() == "HEAD" else None


def _prefetch(act: Act, agent: str) -> Actor | None:
    return Actor(MACHINE, "prefetch") if act.ahead else None


def _apple(act: Act, agent: str) -> Actor | None:
    return Actor(MACHINE, "apple_privacy") if agent == _APPLE else None


def _gmail(act: Act, agent: str) -> Actor | None:
    return Actor(MACHINE, "gmail_prefetch") if _GMAIL_AHEAD.search(agent) else None


def _scanner(act: Act, agent: str) -> Actor | None:
    return Actor(MACHINE, "scanner") if _SCANNERS.search(agent) else None


def _quick(act: Act, agent: str) -> Actor | None:
    return Actor(MACHINE, "too_quick") if act.after is not None and act.after < TOO_QUICK else None


def _all_links(act: Act, agent: str) -> Actor | None:
    if act.at is None or not act.link or act.link not in burst({**act.others, act.link: act.at}):
        return None
    return Actor(MACHINE, EVERY_LINK)


def _proxy(act: Act, agent: str) -> Actor | None:
    return Actor(UNKNOWN, "image_proxy") if _PROXIES.search(agent) else None


def _silent(act: Act, agent: str) -> Actor | None:
    return None if agent else Actor(UNKNOWN, "no_agent")


_RULES: Final[tuple[Callable[[Act, str], Actor | None], ...]] = (
    _head,
    _prefetch,
    _apple,
    _gmail,
    _scanner,
    _quick,
    _all_links,
    _proxy,
    _silent,
)
