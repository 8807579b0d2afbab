"""What orders say came of codes: coupons are counted as used, friends' first orders are credited.

Orders are heard through the outbox of the customers table, like everything that journeys hear: the names of orders are
watched from the first coupon on (`watch`). Each order is counted once with each code, so it may be heard twice. What is
imported is not heard: it happened elsewhere and long ago.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from chalicelib import times
from chalicelib.aws.database import Item
from chalicelib.aws.streams import Record
from chalicelib.customers.addresses import known_by
from chalicelib.customers.facts import Facts
from chalicelib.customers.state import State, effects
from chalicelib.customers.store import CustomerStore
from chalicelib.ids import digest
from chalicelib.journeys.coupons.orders import ORDERED, codes_in, taken_off
from chalicelib.journeys.coupons.store import CouponStore
from chalicelib.journeys.referrals.own import Referrals
from chalicelib.journeys.referrals.referral import Person, refused
from chalicelib.journeys.referrals.store import ReferralStore
from chalicelib.segments.fields import is_name
from chalicelib.tracking.event import Event, statement

WATCHER: Final = "coupons"
CREDITED: Final = "Referral Credited"
ASKED: Final = "Referral Code Asked"
WATCHED: Final = ORDERED | {ASKED}
_LOOKS: Final = 2

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Order:
    """One order that was heard: whose, when, and the facts with it."""

    customer: str
    id: str
    at: str
    properties: Mapping[str, Any]
    facts: Facts


@dataclass(frozen=True)
class Follower:
    """Follows orders, and who asks for a code of her own. `say`: stores an event, once however often it is said."""

    coupons: CouponStore
    referrals: ReferralStore
    own: Referrals
    customers: CustomerStore
    say: Callable[[Event], object]

    def follow(self, records: Sequence[Record]) -> list[str]:
        """Follow what a batch of the customers table's stream carries; the sequence numbers of what failed."""
        failed: list[str] = []
        report: Counter[str] = Counter()
        for record in records:
            try:
                for order in orders_in(record.item):
                    report += self.heard(order)
                for customer, programme, at in asked_in(record.item):
                    report["asked"] += self.own.code(customer, programme, at) is not None
            except Exception:
                logger.exception("the codes of an order could not be followed")
                failed.append(record.sequence)
        for outcome, count in sorted(report.items()):
            logger.info("codes of orders: %s %d", outcome, count)
        return failed

    def heard(self, order: Order) -> Counter[str]:
        """Count the codes of one order: how many were `redeemed`, `credited`, `known` (counted before), `unknown`, or
        refused, by reason."""
        report: Counter[str] = Counter()
        for code, off in codes_in(order.properties).items():
            for _ in range(_LOOKS):
                status = self.coupons.status(code)
                if status is None or status["state"] == "erased":
                    outcome = "unknown"
                elif status["state"] == "referral":
                    outcome = self._credit(status, order)
                else:
                    taken = taken_off(off, order.properties)
                    done = self.coupons.redeem(status, order.customer, order.id, order.at, taken)
                    outcome = "redeemed" if done else "known"
                if outcome != "known":
                    break
            report[outcome] += 1
        return report

    def _credit(self, status: Item, order: Order) -> str:
        name = str(status["campaign"])
        programme = self.referrals.programme(name)
        if programme is None:
            return "unknown"
        owner = self.customers.find(str(status["customer"])).customer
        reason = refused(programme, self._person(owner), self._person(order.customer), order.facts, _time(order))
        code, reward = str(status["pk"]).partition("#")[2], programme.reward.worth() if programme.reward else {}
        said = {"code": code, "at": order.at, **({"reward": reward} if reward else {})}
        if reason is None and not self.referrals.credit(name, owner, order.customer, order.id, said):
            reason = "credited_already"
        if reason is not None:
            self.referrals.refuse(name, reason, order.customer)
            return reason
        id = f"referral-{digest(name, order.customer, order.id)}"
        told = {key: format(worth, "f") if isinstance(worth, Decimal) else worth for key, worth in reward.items()}
        self.say(statement(CREDITED, id, owner, {"referral": name, "code": code, **told}, at=_time(order)))
        return "credited"

    def _person(self, customer: str) -> Person:
        return Person(customer, known_by(self.customers.profile(customer).values))


def orders_in(item: Item) -> Iterator[Order]:
    """The orders with codes that the outbox of a customer's item tells of."""
    for entry in effects(item):
        properties = entry.get("properties") if entry["kind"] == "event" and entry["name"] in ORDERED else None
        if isinstance(properties, Mapping) and codes_in(properties):
            state = State.from_item(item)
            id = str(properties.get("order_id") or entry["message_id"])
            yield Order(state.customer, id, str(entry["at"]), properties, state.facts)


def asked_in(item: Item) -> Iterator[tuple[str, str, datetime]]:
    """Who asks for a code of her own, in which programme, and when."""
    for entry in effects(item):
        if entry["kind"] == "event" and entry["name"] == ASKED:
            programme = entry["properties"].get("referral")
            if isinstance(programme, str) and is_name(programme):
                yield str(item["pk"]), programme, times.parse(str(entry["at"]))


def _time(order: Order) -> datetime:
    return times.parse(order.at)
