"""Senders: how mailboxes take what each domain sends, and what a domain lacks to be believed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from chalicelib import wiring
from chalicelib.api.http import Request, Routes
from chalicelib.api.sender_models import (
    SenderCheck,
    SenderDay,
    SenderJudged,
    SenderPause,
    SenderRates,
    Senders,
    SenderShown,
    SendersQuery,
)
from chalicelib.messages import health
from chalicelib.messages.brake import Pause
from chalicelib.messages.health.setting import SenderHealth
from chalicelib.messages.health.watch import EMAIL, stopped

READ: Final = "sending:read"

routes: Final = Routes("senders")


@routes.endpoint("GET", "/v1/senders", scope=READ, query=SendersQuery, response=Senders)
def list_senders(request: Request) -> Senders:
    """How mailboxes take what each domain sends: rates by day, and whether marketing is paused for its sake.

    Above a limit of the setting sender_health marketing mail pauses by itself; `POST /v1/sending/resume` lets it go on,
    and from then on the domain is judged by what comes after.
    """
    perennial, query = wiring.perennial(), request.parameters(SendersQuery)
    now, limits = perennial.now(), perennial.workspace.get(SenderHealth)
    shown_since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=query.days - 1)
    hours = list(perennial.watch.store.hours(min(shown_since, now - timedelta(days=limits.days)), now))
    pause = perennial.brake.read().holds(EMAIL, now)
    domains = sorted({each.domain for each in hours} | {perennial.settings.sender_domain})
    made = []
    for domain in domains:
        own = [each for each in hours if each.domain == domain]
        made.append(_shown(domain, own, [each for each in own if each.at >= shown_since], limits, pause))
    return Senders(senders=made)


@routes.endpoint("GET", "/v1/senders/{domain}/check", scope=READ, response=SenderCheck, problems=("invalid_domain",))
def check_sender(request: Request) -> SenderCheck:
    """What a domain has and lacks for its mails to reach people, and what to do about each.

    Asked of SES and of name servers now: SPF, DKIM, DMARC and its alignment, MAIL FROM, the domain of links, the
    one-click header and the postal address as mails carry them, the account, the domain's rates; and a plan to begin
    with a new domain.
    """
    from chalicelib.api.sender_work import check

    return check(request.path["domain"])


def _shown(
    domain: str, own: list[health.Hour], shown: list[health.Hour], limits: SenderHealth, pause: Pause | None
) -> SenderShown:
    perennial = wiring.perennial()
    braked = perennial.watch.store.braked(domain)
    since = health.since(limits, braked.released_at if braked else None, perennial.now())
    judged = health.together(each for each in own if each.at >= since)
    held = stopped(braked, pause)
    return SenderShown(
        domain=domain,
        health="paused" if held else health.standing(domain, judged, limits),
        paused=SenderPause(at=held.braked_at, why=held.why) if held else None,
        judged=SenderJudged(since=since, **_figures(judged)),
        by_provider=_by_provider(shown),
        days=[SenderDay(day=day, **_figures(rates)) for day, rates in health.by_day(shown).items()],
    )


def _by_provider(hours: Iterable[health.Hour]) -> dict[str, SenderRates]:
    whole = health.together(hours)
    found = {name: whole.of(name) for name in (*health.PROVIDERS, health.OTHER)}
    return {name: SenderRates(**_figures(rates)) for name, rates in found.items() if rates.counts}


def _figures(rates: health.Rates) -> dict[str, Any]:
    return {"counts": dict(rates.whole), "bounce_rate": rates.bounces, "complaint_rate": rates.complaints}
