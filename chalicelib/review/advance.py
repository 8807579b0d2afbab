"""The next state of a customer: new facts, the stage they give now, and what must follow. Pure.

One function for everything that makes anybody look at a customer again: events that arrive, a date that falls due, a
rebuild. What changes the stage is told apart here, because journeys start on events and on time, and on nothing else:

time      The old facts said that the stage would end at `next_at`, and that is past. This comes first, with its own
          moments, even when it is events that make us look: a review would have said the same a moment earlier.
          But an event that arrives late and lies before such a moment may have prevented it: then the change counts
          only if the stage is the same with the event as without.
event     What differs after that, as of the latest of the events.
import    What differs because of imported events alone. Silent: it happened elsewhere and long ago.
model     Another fit judges otherwise than the one before did. Silent. Not where both say the same until the date that
          has now passed: then time moved somebody, whichever of the two was asked.
settings  The same of another lifecycle setting, of other rates, or of another vocabulary. Silent.
first     The first stage of all. Silent: whoever appears in the base has not moved.
merge     Other subjects turned out to be the same person, or not to be. Silent.
rebuild   A rebuild without new events came to other facts. Silent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from chalicelib.customers.facts import Facts
from chalicelib.customers.fold import fold_version
from chalicelib.customers.identity import is_identified
from chalicelib.customers.retention import seal_date
from chalicelib.customers.seen import Seen
from chalicelib.customers.state import State, due_after_events
from chalicelib.customers.vocabulary import DEFAULT, Vocabulary
from chalicelib.lifecycle.stage import Judgement, Parameters, judge, left_alone
from chalicelib.lifecycle.versions import cause_between
from chalicelib.review.beside import ALONE, Beside
from chalicelib.review.effects import (
    LEFT_OPEN,
    Change,
    are_imported,
    of_accounts,
    of_asking,
    of_changes,
    of_events,
    of_identification,
    of_intents,
)
from chalicelib.segments.conditions import NO_CONDITIONS, LiveConditions
from chalicelib.tracking.event import Event

if TYPE_CHECKING:
    from chalicelib.customers.prices import Prices
    from chalicelib.lifecycle.frame import Frame

_MILLISECOND: Final = timedelta(milliseconds=1)
_SILENT: Final = ("model", "settings")
_MOST_CHANGES: Final = 10  # nobody passes through more stages by time alone: there are nine


@dataclass(frozen=True)
class Rules:
    """What a review goes by: the lifecycle's parameters, the names of the events that something listens to, for how
    many days events are kept that may expire (None: for good), what the names of events mean; the conditions that are
    live; and what these may ask of the workspace: how it reads money, where it is at home, its frames by name (None: as
    in a workspace that has decided nothing)."""

    parameters: Parameters
    watched: frozenset[str] = frozenset()
    days_kept: int | None = None
    vocabulary: Vocabulary = DEFAULT
    conditions: LiveConditions = NO_CONDITIONS
    prices: Prices | None = None
    zone: tzinfo = UTC
    frames: Mapping[str, Frame] | None = None

    @property
    def intents(self) -> frozenset[str]:
        """The kinds of intent that something waits for to be left open."""
        return frozenset(name.removeprefix(LEFT_OPEN) for name in self.watched if name.startswith(LEFT_OPEN))

    @property
    def fold_v(self) -> int:
        """Which facts can be added to: those of this code and this vocabulary."""
        return fold_version(self.vocabulary)


def advance(
    before: State,
    events: Sequence[Event],
    facts: Facts,
    seen: Seen,
    rules: Rules,
    now: datetime,
    *,
    merging: bool = False,
    reworded: bool = False,
    anew: bool = False,
    of_account: bool = False,
    beside: Beside = ALONE,
) -> State:
    """`before` after counting `events`, which came to `facts` and `seen`; its version is one higher.

    merging: the facts are of other subjects than before, and of no new events. A change of stage is then silent, and
    nobody is told of what those facts say: whoever listened was told when it was counted. reworded: likewise, they are
    of the same events by another vocabulary, or by another version of the fold. anew: they were folded from all that is
    stored, so every condition is judged. of_account: the account that the person belongs to has changed. beside: what
    conditions may ask for and the state does not hold; Wanted, if one asks for more.

    A mark for rebuild stays, and with it the date. Otherwise a date that has passed is set anew, because this is
    the review that it asked for.
    """
    now = max([now, *(event.received_at for event in events)])
    otherwise = "merge" if merging else "settings" if reworded else "rebuild"
    silent = merging or reworded
    judgement, changes = _judged(before, facts, events, rules.parameters, now, otherwise)
    v, marked = before.v + 1, before.rebuild is not None
    last = changes[-1] if changes else None
    sealing = seal_date(before.customer, before.held_since, rules.days_kept)
    left, leaving = _left(before, facts, rules, now)
    look_at = _earlier(judgement.next_at, _earlier(sealing, leaving))
    after = replace(
        before,
        v=v,
        facts=facts,
        seen=seen,
        fold_v=rules.fold_v,
        stage=str(judgement.stage),
        stage_since=last.since if last else before.stage_since,
        cause=last.cause if last else before.cause,
        rule=judgement.reasons[0].rule,
        next_at=judgement.next_at,
        next_stage=str(judgement.next_stage) if judgement.next_stage else None,
        overdue_at=judgement.overdue_at,
        left_at=max(left.values(), default=before.left_at),
        reactivated_at=next((change.since for change in reversed(changes) if change.returns), before.reactivated_at),
        rules_v=rules.parameters.version,
        due_at=due_after_events(before.due_at, look_at, now, marked=marked),
        fx=(
            *(() if silent or before.introduced else of_identification(before.facts, facts, events)),
            *(() if silent else of_asking(before.facts, facts)),
            *of_events(events, rules.watched),
            *of_changes(changes, v),
            *(() if silent or are_imported(events) else of_intents(facts, left)),
            *of_accounts(before.facts, facts, v, now),
        ),
    )
    if not rules.conditions and not before.conditions_v:
        return after
    from chalicelib.review.memberships import judged  # where nothing is live, no start pays for it

    return judged(before, after, events, rules, now, beside, otherwise, anew=anew or silent, of_account=of_account)


def _left(before: State, facts: Facts, rules: Rules, now: datetime) -> tuple[Mapping[str, datetime], datetime | None]:
    """(what was left open by now and not told yet, when the next is), of the kinds that somebody waits for."""
    if not facts.intents.runs or not rules.intents:
        return {}, None
    dates = {kind: at for kind, at in left_alone(facts, rules.parameters).items() if kind in rules.intents}
    new = {kind: at for kind, at in dates.items() if at <= now and (before.left_at is None or at > before.left_at)}
    return new, min((at for at in dates.values() if at > now), default=None)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((date for date in (one, other) if date is not None), default=None)


def _judged(
    before: State, facts: Facts, events: Sequence[Event], parameters: Parameters, now: datetime, otherwise: str
) -> tuple[Judgement, list[Change]]:
    """The judgement now, and the changes of stage that led to it, in order. `otherwise`: the cause of a change that
    neither time nor events brought."""
    judgement = judge(facts, is_identified(before.customer, facts), parameters, now, scored=False)
    at = max((event.at for event in events), default=now)
    if before.stage is None:
        changes = []
        cause = "first"
    else:
        passed = _passed(before, parameters, now)
        first = min((event.at for event in events), default=now)
        certain = passed and passed[-1].stage_to == judgement.stage
        changes = [change for change in passed if certain or change.at <= first or change.cause in _SILENT]
        cause = "import" if are_imported(events) else "event" if events else otherwise
    stage = changes[-1].stage_to if changes else before.stage
    if stage != judgement.stage:
        since = _entered(before.customer, facts, parameters, at, now)
        changes.append(_change(stage, judgement, cause, at, since))
    return judgement, changes


def _passed(before: State, parameters: Parameters, now: datetime) -> list[Change]:
    """The changes that the old facts bring until now without any event."""
    identified = is_identified(before.customer, before.facts)
    if before.rules_v != parameters.version and not _agree(before, identified, parameters, now):
        judgement = judge(before.facts, identified, parameters, now, scored=False)
        cause = cause_between(before.rules_v, parameters.version)
        return [_change(before.stage, judgement, cause, now, now)] if judgement.stage != before.stage else []
    changes: list[Change] = []
    stage, at = str(before.stage), before.next_at
    while at is not None and at <= now and len(changes) < _MOST_CHANGES:
        judgement = judge(before.facts, identified, parameters, at, scored=False)
        if judgement.stage == stage:
            break
        changes.append(_change(stage, judgement, "time", at, at))
        stage, at = str(judgement.stage), judgement.next_at
    return changes


def _agree(before: State, identified: bool, parameters: Parameters, now: datetime) -> bool:
    """Whether these parameters, too, would have kept the stage until its date, which has passed, and ended it then."""
    if before.next_at is None or before.next_at > now:
        return False
    judgement = judge(before.facts, identified, parameters, before.next_at - _MILLISECOND, scored=False)
    return (judgement.stage, judgement.next_at) == (before.stage, before.next_at)


def _entered(customer: str, facts: Facts, parameters: Parameters, since: datetime, now: datetime) -> datetime:
    """When the stage that these facts give now began, looking back no further than `since`."""
    identified = is_identified(customer, facts)
    for _ in range(_MOST_CHANGES):
        following = judge(facts, identified, parameters, since, scored=False).next_at
        if following is None or following > now:
            break
        since = following
    return since


def _change(stage: str | None, judgement: Judgement, cause: str, at: datetime, since: datetime) -> Change:
    return Change(stage, str(judgement.stage), cause, at, since, judgement.reasons[0].as_dict())
