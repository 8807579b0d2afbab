"""What an event says about whose events belong together: claims of one subject (the source) on another (the target).

    identify with userId U and anonymousId X        a#X -> u#U              identify
    alias of previousId P to userId U               a#P -> u#U, and         alias
                                                    u#P -> u#U if trusted
    trusted, of user U, with an address             a#email:<d> -> u#U      address
    an order of S that names a token T              a#cart:T -> S           order
    anything of a visitor X that names a token      a#X -> a#cart:T         token
    "Customers Merged" of S, into T                 S -> T                  merge       (ours, by a secret key)
    "Customer Split" of S                           S -> S                  split       (ours, by a secret key)

An event is trusted if it came under a secret key or with a proof, or from a source that signs. Anybody who reads a
page's source may send the others: they can say which browser a person uses, and never that two known people are one.
Order ids are no tokens: they are counted upwards, and whoever can count could guess those of others.

What claims come to is identity.py's business. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from chalicelib.customers.moments import DAWN
from chalicelib.tracking.contact import Token, address_id, is_reserved, token_id
from chalicelib.tracking.event import ANONYMOUS, OURS, USER, Event

Why = Literal["identify", "alias", "address", "order", "token", "merge", "split"]

MERGED: Final = "Customers Merged"  # of the one that joins, with the property `into`
SPLIT: Final = "Customer Split"  # of the one that stands alone from now on, with the property `from`

LATE: Final = timedelta(days=1)  # servers that could not reach us try again for half a day
_ORDERS: Final = frozenset({"order completed", "completed order"})
_TOKENS: Final[tuple[tuple[str, Token], ...]] = (
    ("cart_token", "cart"),
    ("cart_id", "cart"),
    ("checkout_token", "checkout"),
    ("checkout_id", "checkout"),
)
_TOKEN_NAMES: Final = frozenset(name for name, _ in _TOKENS)
_LEAST_TOKEN: Final = 16  # characters of a token that a public key may name: a short one could be guessed
_CHANNELS: Final[tuple[Literal["email", "phone"], ...]] = ("email", "phone")


@dataclass(frozen=True, slots=True)
class Claim:
    """`source` belongs to `target`, as an event says.

    at:          the event's time, by which the least claim wins; of its receipt, where nothing was proven, where its
                 clock was at its epoch, or where it was received more than a day later than it says it happened: a time
                 that somebody made up, a server's wrong clock, or a file of years ago must not take a visitor from
                 whom she belonged to all the while.
    received_at: when it was received. trusted: whether a secret, a signature or a proof stood behind it.
    """

    source: str
    target: str
    at: datetime
    message_id: str
    received_at: datetime
    trusted: bool
    why: Why

    @property
    def explicit(self) -> bool:
        """Whether somebody decided it: a merge."""
        return self.why == "merge"


def claims(event: Event) -> list[Claim]:
    """What one event claims; most claim nothing."""
    believed = not event.unproven and event.at >= DAWN and event.received_at - event.at <= LATE
    at = event.at if believed else event.received_at
    return [
        Claim(source, target, at, event.message_id, event.received_at, not event.unproven, why)
        for source, target, why in _said(event)
        if source != target or why == "split"
    ]


def may_claim(event: Event) -> bool:
    """Whether it is worth asking `claims`: a quick look that is never wrong about a no."""
    return (
        event.type in ("identify", "alias")
        or event.source == OURS
        or (not event.unproven and bool(event.traits or event.context.get("traits")))
        or not _TOKEN_NAMES.isdisjoint(event.properties)
    )


def _said(event: Event) -> Iterator[tuple[str, str, Why]]:
    if event.source == OURS and event.name in (MERGED, SPLIT):
        yield from _decided(event)
    elif event.type == "identify":
        yield from _identified(event)
    elif event.type == "alias":
        yield from _aliased(event)
    if event.user_id and not event.unproven:
        yield from _addressed(event)
    yield from _carried(event)


def _decided(event: Event) -> Iterator[tuple[str, str, Why]]:
    into = event.properties.get("into")
    if event.name == SPLIT:
        yield event.subject, event.subject, "split"
    elif isinstance(into, str) and into.startswith((USER, ANONYMOUS)):
        yield event.subject, into, "merge"


def _identified(event: Event) -> Iterator[tuple[str, str, Why]]:
    if event.user_id and event.anonymous_id and not _forbidden(event, event.anonymous_id):
        yield ANONYMOUS + event.anonymous_id, USER + event.user_id, "identify"


def _aliased(event: Event) -> Iterator[tuple[str, str, Why]]:
    previous = event.previous_id
    if not (event.user_id and previous) or _forbidden(event, previous):
        return
    yield ANONYMOUS + previous, USER + event.user_id, "alias"
    if not event.unproven and not is_reserved(previous):
        yield USER + previous, USER + event.user_id, "alias"


def _addressed(event: Event) -> Iterator[tuple[str, str, Why]]:
    traits = event.traits if event.type == "identify" else {}
    for held in (traits, event.context.get("traits")):
        if isinstance(held, Mapping):
            for channel in _CHANNELS:
                address = address_id(channel, held.get(channel))
                if address is not None:
                    yield ANONYMOUS + address, event.subject, "address"


def _carried(event: Event) -> Iterator[tuple[str, str, Why]]:
    tokens = _tokens(event)
    if not tokens:
        return
    subject = event.subject
    known = subject.startswith(USER) or is_address(subject)
    if _is_order(event) or (known and not event.unproven):
        yield from ((token, subject, "order") for token in tokens)
    if not known:
        yield from ((subject, token, "token") for token in tokens)


def _tokens(event: Event) -> list[str]:
    found: dict[str, None] = {}
    for name, kind in _TOKENS:
        token = token_id(kind, event.properties.get(name))
        if token is not None and (not event.unproven or len(token) - len(kind) > _LEAST_TOKEN):
            found[ANONYMOUS + token] = None
    return list(found)


def _is_order(event: Event) -> bool:
    return event.type == "track" and event.name.casefold() in _ORDERS


def _forbidden(event: Event, anonymous_id: str) -> bool:
    return event.unproven and is_reserved(anonymous_id)


def is_address(subject: str) -> bool:
    """Whether a subject is an address: `a#email:...`, `a#phone:...`."""
    return subject.startswith(("a#email:", "a#phone:"))


def is_token(subject: str) -> bool:
    """Whether a subject is a cart or a checkout: `a#cart:...`, `a#checkout:...`."""
    return subject.startswith(("a#cart:", "a#checkout:"))


def properties_of_merge(into: str) -> dict[str, Any]:
    """What a "Customers Merged" says."""
    return {"into": into}


def properties_of_split(root: str) -> dict[str, Any]:
    """What a "Customer Split" says: whom the subject belonged to until now."""
    return {"from": root}
