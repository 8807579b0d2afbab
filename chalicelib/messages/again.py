"""A message once more, for whoever opens it in a browser.

What was sent is not kept: its words would be the largest thing that is known of anybody, and would have to be found and
erased. So it is rendered again, by the same functions, from what the ledger says of it: the version of the template,
what led to it, the code that was given, the time at which it left. What has changed since (a name, a cart) is shown as
it is now, and the page says so. Nothing is written and no code is given by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.customers.consent import ConsentSettings
from chalicelib.customers.prices import Prices
from chalicelib.journeys.send import Send, Status
from chalicelib.messages import channels, compiled, trial
from chalicelib.messages.compose import Letterhead, Unfit, Writing, words
from chalicelib.messages.context import Contexts
from chalicelib.messages.render import Rendered
from chalicelib.messages.situation.store import SituationStore
from chalicelib.messages.templates import CurrentTemplates

CHANNEL: Final = "email"
LEFT: Final = frozenset({Status.SENT, Status.CLAIMED, Status.UNKNOWN})
"""Of a message that nobody could have got there is nothing to show."""

Given = Callable[[str, str, str], Mapping[str, Any] | None]
"""The code that somebody was given of a coupon in a journey, as templates see it."""


@dataclass(frozen=True)
class Again:
    """Renders messages again; the ports are those of the senders (dispatcher.py)."""

    situations: SituationStore
    templates: CurrentTemplates
    contexts: Contexts
    consent: Callable[[], ConsentSettings]
    prices: Callable[[], Prices]
    letterhead: Callable[[], Letterhead]
    given: Given

    def said(self, row: Send) -> Rendered | None:
        """The words of a mail that left; None if there is nothing to show."""
        if row.channel != CHANNEL or row.status not in LEFT or row.template is None:
            return None
        template = self.templates.template(row.template, row.template_version)
        if template is None:
            return None
        asks = compiled.of(template).asks
        reaches = channels.channel(row.channel).reaches(row)
        # whether somebody is suppressed is not asked: nothing is sent
        situation = self.situations.read(row, reaches, self.consent(), (), asks, self.prices())
        at = left_at(row)
        known = self.contexts.of(situation.state, situation.traits, situation.account, asks, situation.wanted, at)
        if row.test is not None:
            known = dict(trial.known(row.test, template, known, at))
        elif row.coupon is not None:
            known |= {"coupon": self.given(situation.state.customer, row.coupon, row.journey)}
        said = words(Writing(row, template, situation, self.letterhead(), known))
        return None if isinstance(said, Unfit) else said


def left_at(row: Send) -> datetime:
    """When a message left, as far as it is known."""
    return row.claimed_at or row.planned_at
