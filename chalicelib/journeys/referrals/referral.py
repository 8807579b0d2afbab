"""A referral programme, and whether an order is one that counts for it. Data and deciding. Pure.

{"name": "friends", "title": "Bring a friend", "prefix": "HI-",
 "friend": {"percent": 10}, "reward": {"amount": 5, "currency": "EUR"}}
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool

from chalicelib.customers.facts import Facts
from chalicelib.journeys.coupons.coupon import Discount
from chalicelib.segments.fields import Definition, Name, Title
from chalicelib.segments.problems import validated

Refusal = Literal["paused_referral", "self_referral", "not_first_order", "credited_already"]
"""Why an order brings nothing: the programme is paused; the owner of the code ordered; the friend had ordered before;
the friend has been counted."""


class Referral(Definition):
    """One version of a programme.

    prefix: what everybody's code begins with. friend, reward: what the friend gets off, and what the owner of the code
    is credited, for templates and for the shop: nothing is paid out here. paused: nothing is credited for now.
    """

    name: Name
    title: Title
    prefix: Annotated[str, Field(max_length=20, pattern=r"^([A-Z0-9]([A-Z0-9_-]*))?$")] = ""
    friend: Discount | None = None
    reward: Discount | None = None
    paused: StrictBool = False

    def body(self) -> dict[str, Any]:
        """The definition as canonical JSON."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def parse(raw: object) -> Referral:
    """A programme from JSON. Raises Invalid with every problem found."""
    return validated(Referral, raw)


@dataclass(frozen=True)
class Person:
    """Of one side of a referral: the customer, and what she can be looked up by (mail address, telephone number)."""

    customer: str
    known_by: Collection[tuple[str, str]] = ()


def refused(programme: Referral, owner: Person, friend: Person, facts: Facts, ordered_at: datetime) -> Refusal | None:
    """Why the order of a friend, made at a time, brings the owner of the code nothing; None if it does.

    facts: the friend's, with that order. Who shares an address or a number with the owner is the owner.
    """
    if programme.paused:
        return "paused_referral"
    if owner.customer == friend.customer or set(owner.known_by) & set(friend.known_by):
        return "self_referral"
    first = facts.first_order_at
    return "not_first_order" if first is not None and first < ordered_at else None
