"""Whom a playbook is rehearsed with: a few of the demonstration's customers who do what it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

from chalicelib.ids import fraction
from chalicelib.journeys.playbooks import store
from chalicelib.rehearsal.known import Known
from chalicelib.tracking.event import OURS, Event
from infra.demo.shop import Call
from infra.rehearse import shop

MOST = 12
FEW_EVENTS = 40  # wholesalers with hundreds of orders show nothing that others do not, and take a hundred times as long


@cache
def everybody() -> tuple[Known, ...]:
    """All of the shop but the largest customers."""
    return tuple(one for one in shop.customers() if len(one.events) <= FEW_EVENTS)


@cache
def period() -> tuple[datetime, datetime]:
    """The shop's year, and two quiet months: who is lost is so after about a year."""
    begun, ended = shop.period(shop.customers())
    return begun, ended + timedelta(days=60)


def cast(name: str) -> list[Known]:
    """Those who do most of what the playbook needs, drawn by lot among equals; with what callers tell us."""
    drawn = sorted(everybody(), key=lambda one: (-_suits(name, one), fraction("cast", one.customer)))[:MOST]
    return [replace(one, events=(*one.events, *_besides(name, one))) for one in drawn]


def _besides(name: str, one: Known) -> Iterator[Event]:
    """What the shop's year lacks: that a call was made, and that somebody looks in long after."""
    begun, ended = min(event.at for event in one.events), period()[1]
    if "phone" in store.read(name).playbook.needs.channels:
        outcome = {"outcome": "done" if name == "view_call_upsell" else "no_answer"}
        for number in range((ended - begun).days // 3):
            yield _said(one, begun + timedelta(days=3 * number, hours=25), "Task Completed", outcome)
    if name == "last_chance":
        yield _said(one, ended - timedelta(days=2), "Product Viewed", {}).model_copy(update={"source": "segment"})


def _said(one: Known, at: datetime, event: str, body: dict[str, str]) -> Event:
    """As we say it ourselves of what callers tell."""
    call = Call(f"besides/{one.customer}/{at}", "track", at, event, one.customer[2:], body=body)
    return shop.event(call).model_copy(update={"source": OURS})


def _suits(name: str, one: Known) -> float:
    """How much of it: what the playbook waits for, consents to its channels, and how those of its stages behave."""
    playbook = store.read(name).playbook
    stages, names = set(playbook.serves.stages), [event.name for event in one.events]
    said = {trait for event in one.events for trait in event.traits}
    agreed = {event.properties.get("channel") for event in one.events if event.name == "Subscribed"}
    channels = set(playbook.needs.channels) or {"advertising"}
    points = 20.0 * len(set(playbook.needs.traits) & said) + 20 * len(channels & agreed)
    points += 10 * (set(playbook.needs.events[:1]) <= set(names))
    if "ghost" in stages:
        points += 15 * ("onsite" in channels and "On-site Form Submitted" in names)
        points += 40 * one.customer.startswith("a#") + min(names.count("Product Viewed"), 9)
    if stages <= {"repeat", "hero"}:
        points += min(names.count("Order Completed"), 6)
    if stages <= {"at_risk", "lost"}:
        points += _silence(one) / 30 + min(_spent(one) / 100, 9) * ("phone" in channels)
    return points


def _silence(one: Known) -> float:
    """The longest time without anything, in days."""
    moments = [*sorted(event.at for event in one.events), period()[1]]
    return max((after - before) / timedelta(days=1) for before, after in pairwise(moments))


def _spent(one: Known) -> float:
    return sum(float(event.properties["total"]) for event in one.events if event.name == "Order Completed")
