"""The texts, and lists of texts, that a rule's `fact` may ask for. Time alone changes none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.customers.answering import NAMES, answered
from chalicelib.customers.touches import At
from chalicelib.segments.view import View

_MOST: Final = 10  # interests in a list


@dataclass(frozen=True)
class Text:
    """A fact that is a text, or a list of texts; None if it is not known.

    says: what it is, for docs/FACTS.md. parts: the fields of Facts that it is made of. events: the names of what
    happened that it is made of.
    """

    says: str
    value: Callable[[View, datetime], str | list[str] | None]
    parts: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()


_TOUCHES: Final = frozenset({"touches"})
_INTERESTS: Final = frozenset({"interests"})
_ORDERS: Final = frozenset({"orders", "earlier"})


def _said(touch: At | None, name: str) -> str | None:
    return getattr(touch, name) or None if touch is not None else None


def _first(says: str, name: str) -> Text:
    return Text(says, lambda view, now: _said(view.facts.touches.first, name), _TOUCHES)


def _last(says: str, name: str) -> Text:
    return Text(says, lambda view, now: _said(view.facts.touches.last, name), _TOUCHES)


def _top_category(view: View, now: datetime) -> str | None:
    return next((name for name, _ in view.facts.interests.top_categories(1)), None)


def _price_level(view: View, now: datetime) -> str | None:
    top = _top_category(view, now)
    return view.prices.level(view.facts, top) if top else None


def _plan(view: View, now: datetime) -> str | None:
    said = max((each for _, each in view.facts.subscriptions.contracts), key=lambda each: each.last_at, default=None)
    return said.plan[1] if said and said.plan else None


TEXTS: Final[Mapping[str, Text]] = {
    "acquisition_channel": _first("the channel of the first touch", "channel"),
    "acquisition_source": _first("the source of the first touch: `google`, `newsletter`", "source"),
    "acquisition_campaign": _first("the campaign of the first touch", "campaign"),
    "acquisition_referrer": _first("the host of the page that led to the first touch", "referrer"),
    "acquisition_landing": _first("the path of the page of the first touch", "landing"),
    "last_touch_channel": _last("the channel of the last touch", "channel"),
    "last_touch_source": _last("the source of the last touch", "source"),
    "last_touch_campaign": _last("the campaign of the last touch", "campaign"),
    "top_category": Text("the category of most interest", _top_category, _INTERESTS),
    "top_category_price": Text(
        "the price tier of `top_category`: low, mid or high", _price_level, _INTERESTS | _ORDERS
    ),
    "categories_of_interest": Text(
        "the ten categories of most interest",
        lambda view, now: [name for name, _ in view.facts.interests.top_categories(_MOST)],
        _INTERESTS,
    ),
    "products_of_interest": Text(
        "the ids of the ten products of most interest",
        lambda view, now: [name for name, _ in view.facts.interests.top_products(_MOST)],
        _INTERESTS,
    ),
    "intents": Text(
        "the kinds of intent that nothing has closed: cart, checkout, trial, quote",
        lambda view, now: [kind for kind, run in view.facts.intents.runs.items() if run.unfinished],
        frozenset({"intents"}),
    ),
    "subscription": Text(
        "how it stands with the best subscription: active, failed, ending, trial, paused, ended",
        lambda view, now: view.facts.subscriptions.status,
        frozenset({"subscriptions"}),
    ),
    "plan": Text("the plan of the subscription of which something was said last", _plan, frozenset({"subscriptions"})),
    "stage_cause": Text(
        "why the stage was entered: event, time, model, settings, import...", lambda view, now: view.cause
    ),
    "lists": Text(
        "the names of the lists that the person is on",
        lambda view, now: list(view.facts.lists.names),
        frozenset({"lists"}),
    ),
    "answers_to": Text(
        "the channel on which the person has answered most, and last: email, sms, push, onsite (docs/PERMISSION.md)",
        lambda view, now: next(iter(answered(view.facts.happenings)), None),
        events=NAMES,
    ),
    "currency": Text(
        "the currency of the person's newest order",
        lambda view, now: view.facts.currency,
        frozenset({"orders", "earlier"}),
    ),
    "groups": Text(
        "the ids of the accounts that the person says to belong to",
        lambda view, now: list(view.facts.memberships.groups),
        frozenset({"memberships"}),
    ),
}
