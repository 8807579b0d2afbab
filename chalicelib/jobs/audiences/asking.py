"""Asking of each customer whether she is in an audience, and her row in it, with what the tables hold beside her state:
her traits, the workspace's settings, what erasures left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chalicelib.catalog.store import DefinitionStore
from chalicelib.customers import suppression
from chalicelib.customers.consent import ConsentSettings, key_of
from chalicelib.customers.prices import NO_PRICES
from chalicelib.customers.standing import SETTING, Settings
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.errors import Permanent
from chalicelib.jobs.audiences.audience import Audience
from chalicelib.jobs.audiences.membership import ADVERTISING, Membership, Outcome, agreed, statements
from chalicelib.jobs.audiences.network import person_of
from chalicelib.jobs.kind import Tools
from chalicelib.messages.permission.setting import Permission
from chalicelib.review.rescore import rescore
from chalicelib.segments.conditions import Condition


class Asking:
    """Asks of each customer whether she is in the audience, and how she stands in it."""

    def __init__(self, audience: Audience, tools: Tools) -> None:
        self._audience, self._form = audience, audience.form
        self._customers = CustomerStore(tools.db)
        self._rules, self._survey, self._now = tools.around.rules(), tools.around.survey(), tools.now
        self._membership = _membership(audience, self._rules.conditions.conditions)
        self._secrets = tools.secrets.named("pii")
        self._about = key_of(ADVERTISING, audience.topic)
        settings = Settings(DefinitionStore(tools.db, SETTING), tools.now)
        topic = settings.get(ConsentSettings).topic(self._about)
        self._own_consent = topic is not None and topic.own_consent
        self._holdout = settings.get(Permission).policy().holdout

    def of(self, keep: Callable[[str], None]) -> Callable[[State], str]:
        """What is done to each customer; `keep` is given the rows."""

        def work(state: State) -> str:
            if state.conditions_v < self._membership.since:  # nobody has asked yet whether this one is in the segments
                rescore(state, self._rules, self._customers, self._now(), self._survey)
                state = self._customers.load(state.customer)
            return self._asked(state, keep)

        return work

    def _asked(self, state: State, keep: Callable[[str], None]) -> Outcome:
        outside = self._membership.outside(state.memberships)
        if outside is not None:
            return outside
        if not agreed(state.facts, self._audience.topic, own_consent=self._own_consent):
            return "no_consent"
        if self._about not in self._holdout.topics and self._holdout.holds(state.customer):
            return "holdout"
        traits = self._customers.profile(state.customer).values
        worth = (self._rules.prices or NO_PRICES).total(state.facts).amount if self._audience.worth else None
        row = self._form.row(person_of(traits, worth))
        if row is None:
            return "no_address"
        if self._erased(state, traits):
            return "erased"
        keep(row)
        return "people"

    def _erased(self, state: State, traits: Mapping[str, Any]) -> bool:
        """Whether an erasure has left word of one of the addresses that would be exported."""
        for kind in ("email", "phone"):
            address = traits.get(kind)
            if kind in self._audience.match_on and isinstance(address, str):
                left = self._customers.suppressed(suppression.marks(self._secrets, kind, address))
                if left is not None and left.stands(state.facts, statements(self._audience.topic)):
                    return True
        return False


def _membership(audience: Audience, conditions: Iterable[Condition]) -> Membership:
    live = {condition.name: condition for condition in conditions}
    try:
        return Membership.of(audience, live)
    except KeyError as missing:
        name = str(missing.args[0]).rpartition("/")[2]
        raise Permanent(f"There is no segment {name} any more: put it, or take it out of the audience.") from missing
