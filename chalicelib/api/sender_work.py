"""What the check of a sender's domain puts together: what is seen of it, what we would send, and how it has fared."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from chalicelib import wiring
from chalicelib.api.sender_models import SenderCheck, SenderFinding, SenderRecord, WarmUpDay
from chalicelib.errors import Refused
from chalicelib.messages import health
from chalicelib.messages.channels import Message, Sender
from chalicelib.messages.channels import channel as channel_of
from chalicelib.messages.deliverability import findings, warm_up
from chalicelib.messages.deliverability.finding import Finding
from chalicelib.messages.deliverability.findings import Own
from chalicelib.messages.deliverability.seen import look
from chalicelib.messages.health.setting import SenderHealth
from chalicelib.messages.health.watch import EMAIL, rates, stopped
from chalicelib.messages.links import PATHS, UNSUBSCRIBE
from chalicelib.messages.render import Rendered

LATELY: Final = timedelta(days=14)

_DOMAIN: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def check(asked: str) -> SenderCheck:
    """Look at a domain and say what to do. Refused: 400 `invalid_domain`."""
    domain = asked.strip().rstrip(".").lower()
    if not _DOMAIN.fullmatch(domain):
        raise Refused(400, "invalid_domain", "That is not a domain: `shop.example`, in ASCII (xn--... for others).")
    perennial = wiring.perennial()
    seen = look(domain, perennial.settings.configuration_set, perennial.mail_account, perennial.names)
    made = findings.findings(seen, _own(domain))
    quota = ((seen.account or {}).get("SendQuota") or {}).get("Max24HourSend")
    return SenderCheck(
        domain=domain,
        ready=all(each.result != "bad" for each in made),
        findings=[_shown(each) for each in made],
        warm_up=[
            WarmUpDay(day=day, mails=mails)
            for day, mails in enumerate(warm_up.plan(_best_day(domain), float(quota) if quota else None), 1)
        ],
    )


def _own(domain: str) -> Own:
    perennial = wiring.perennial()
    limits, now = perennial.workspace.get(SenderHealth), perennial.now()
    braked = perennial.watch.store.braked(domain)
    since = health.since(limits, braked.released_at if braked else None, now)
    judged = rates(domain, perennial.watch.store.hours(since, now))
    paused = stopped(braked, perennial.brake.read().holds(EMAIL, now)) is not None
    return Own(
        domain=perennial.settings.sender_domain,
        postal_address=perennial.settings.postal_address,
        headers=_headers(perennial.secrets.public_url(), domain),
        standing="paused" if paused else health.standing(domain, judged, limits),
    )


def _headers(public_url: str, domain: str) -> dict[str, str]:
    """Those of a marketing mail, from where every mail gets them."""
    message = Message(
        customer="u#check",
        send="check",
        journey="check",
        message_class="marketing",
        address=f"check@{domain}",
        words=Rendered("Check", None, "Check"),
        unsubscribe_url=f"{public_url}/{PATHS[UNSUBSCRIBE]}/token",
    )
    settings = wiring.perennial().settings
    request = channel_of(EMAIL).prepare(message, Sender(settings.sender, settings.configuration_set))
    return {each["Name"]: each["Value"] for each in request["Content"]["Simple"]["Headers"]}


def _best_day(domain: str) -> int:
    perennial = wiring.perennial()
    hours = perennial.watch.store.hours(perennial.now() - LATELY, perennial.now())
    days = health.by_day(each for each in hours if each.domain == domain)
    return max((each.counts.get("sent", 0) for each in days.values()), default=0)


def _shown(found: Finding) -> SenderFinding:
    listed = [SenderRecord(name=each.name, type=each.kind, value=each.value) for each in found.records]
    return SenderFinding(check=found.check, result=found.result, found=found.found, do=found.do, records=listed)
