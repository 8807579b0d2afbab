"""Whom an id means, and whose events are one person's: the rules, as a pure function of what events claim.

A *subject* is whose event it is as sent: `u#<user id>`, or `a#<anonymous id>` before anybody said who that is. A
*customer* is the subject that others belong to. In URLs a plain id means a user's.

Each subject belongs to at most one other, its owner, and the owners' owner is the customer. Claims are taken in an
order that depends on nothing but themselves, so the answer is the same in whatever order they arrived:

    1  merges that somebody decided, whatever else is claimed
    2  visitors and users: the least identify or alias by (time, message id)
    3  addresses: the one person that trusted events name with it; an address that two people claim is nobody's
    4  carts and checkouts: whose order it became, a user before an address before a visitor
    5  visitors that nobody named: whoever a cart that they used belongs to

A claim whose source has an owner by then is passed over, and so is one that would close a circle. Two known users
become one by a trusted claim only, and a user belongs to nobody but a user. A split cancels every claim of its subject
up to its time, and after it machines claim in vain: what a person took apart, only a person's merge joins again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from chalicelib.customers.claims import Claim, is_address, is_token
from chalicelib.customers.facts import Facts
from chalicelib.tracking.event import ANONYMOUS, USER

MOST_SUBJECTS: Final = 100  # of one customer
MOST_UNPROVEN: Final = 50  # of these: what public keys can fill
_KINDS: Final = (USER, ANONYMOUS)


def customer_id(spoken: str) -> str:
    """The customer that a caller means by `u#42`, `a#b1c2` or `42`."""
    return spoken if spoken.startswith(_KINDS) and spoken not in _KINDS else USER + spoken


def is_identified(customer: str, facts: Facts) -> bool:
    """Whether it is known who this is: by a user id, or by an address that an identify gave."""
    return customer.startswith(USER) or facts.identified_at is not None


def resolve(claims: Iterable[Claim]) -> dict[str, str]:
    """Each subject that belongs to somebody, and to which customer."""
    owner = owners(claims)
    return {subject: customer_of(owner, subject) for subject in owner}


def owners(claims: Iterable[Claim]) -> dict[str, str]:
    """Each subject that belongs to somebody, and to whom directly."""
    effective = standing(claims)
    owner: dict[str, str] = {}
    contested: dict[str, bool] = {}
    for claim in sorted(effective, key=precedence):
        source, target = claim.source, claim.target
        if source in owner or customer_of(owner, target) == source:
            continue
        if claim.why == "token" and target not in owner:
            continue  # a cart that has become nobody's order
        if is_address(source) and not claim.explicit:
            if source not in contested:  # users belong to whom they belong to by now
                mine = (other for other in effective if other.source == source)
                contested[source] = len({customer_of(owner, other.target) for other in mine}) > 1
            if contested[source]:
                continue
        owner[source] = target
    return owner


def customer_of(owner: Mapping[str, str], subject: str) -> str:
    """The customer at the end of the chain of owners; `subject` itself if nobody owns it."""
    while subject in owner:
        subject = owner[subject]
    return subject


def standing(claims: Iterable[Claim]) -> list[Claim]:
    """The claims that count: not cancelled by a split, and of users and addresses only trusted ones."""
    known = list(claims)
    split = splits(known)
    return [claim for claim in known if claim.why != "split" and _stands(claim, split.get(claim.source))]


def splits(claims: Iterable[Claim]) -> dict[str, tuple[datetime, str]]:
    """The last split of each subject, as (time, message id)."""
    last: dict[str, tuple[datetime, str]] = {}
    for claim in claims:
        if claim.why == "split":
            last[claim.source] = max(last.get(claim.source, (claim.at, "")), (claim.at, claim.message_id))
    return last


def _stands(claim: Claim, split: tuple[datetime, str] | None) -> bool:
    if split is not None and not (claim.explicit and (claim.at, claim.message_id) > split):
        return False
    if claim.source.startswith(USER):
        return claim.trusted and claim.target.startswith(USER)
    return claim.trusted or not is_address(claim.source)


def precedence(claim: Claim) -> tuple[int, int, datetime, str, str, str]:
    """The place of a claim in the order of taking: the steps of the page above, then time and message id."""
    kind = 0
    if claim.explicit:
        step = 1
    elif claim.why == "token":
        step = 5
    elif is_address(claim.source):
        step = 3
    elif is_token(claim.source):
        step, kind = 4, _kind(claim.target)
    else:
        step = 2
    return step, kind, claim.at, claim.message_id, claim.source, claim.target


def _kind(target: str) -> int:
    return 0 if target.startswith(USER) else 1 if is_address(target) else 2
