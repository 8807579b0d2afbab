"""Accounts at their moment: their members' facts together, and the stage that they give.

A member whose facts change says so in the outbox of that very write (`fx`, kind `account`); whoever follows the outbox
marks the account as due in a minute, and the worker of the due index folds it from its members' facts as they are then.
So an account is behind by a minute or two, whatever its members do in that minute is one fold, and people without
an account cost nothing.

Who is a member is asked of the people: of each that ever shared in the account, whether the state still says so. One
who has joined somebody else, was split off or erased is none. Her share stays until she is erased: it is written before
the state, so a share without a state may be one of a moment ago.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.aws.at_once import at_once
from chalicelib.customers.accounts.account import MOST_MEMBERS, Account
from chalicelib.customers.accounts.share import ACCOUNT, Share, latest
from chalicelib.customers.accounts.store import AccountStore
from chalicelib.customers.accounts.union import united
from chalicelib.customers.facts import Facts
from chalicelib.customers.profile import Trait
from chalicelib.customers.stages import StageChange
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.stage import Parameters, judge
from chalicelib.lifecycle.versions import cause_between
from chalicelib.review.effects import returns


@dataclass(frozen=True)
class Member:
    """One who counts: her share, and her facts."""

    share: Share
    facts: Facts


class AccountReviewer:
    """Folds and judges accounts."""

    def __init__(self, accounts: AccountStore, customers: CustomerStore) -> None:
        self._accounts = accounts
        self._customers = customers

    def review(
        self, key: str, parameters: Parameters, now: datetime, tell: Callable[[Account, Sequence[State]], None]
    ) -> bool:
        """Look at the account of a hash key (`g#acme`), if it is due. Conflict if somebody wrote it meanwhile.

        tell: what the account will be, and those who belong to it, before it is written: whoever dies behind that tells
        it again.
        """
        account = self._accounts.load(key.removeprefix(ACCOUNT))
        if account.due_at is None or account.due_at > now:
            return False
        shares = self._accounts.shares(account.id, MOST_MEMBERS + 1)
        states = at_once(self._customers.load, [share.customer for share in shares[:MOST_MEMBERS]])
        said = [(share, state.facts) for share, state in zip(shares, states, strict=False) if says(state, account.id)]
        after = folded(account, said, parameters, now, partial=len(shares) > MOST_MEMBERS)
        change = change_of(account, after, parameters, now)
        if change is not None:
            returned = change.at if returns(change.cause, change.stage_from, change.stage_to) else after.reactivated_at
            after = replace(after, stage_since=change.at, reactivated_at=returned)
        tell(after, [state for state in states if says(state, account.id)])
        self._accounts.save(after, change)
        return True


def says(state: State, account: str) -> bool:
    """Whether a person's facts name the account."""
    return state.join is None and account in state.facts.memberships.groups


def folded(
    account: Account,
    said: Sequence[tuple[Share, Facts]],
    parameters: Parameters,
    now: datetime,
    *,
    partial: bool = False,
) -> Account:
    """The account as its members' facts and shares make it at `now`, its version one higher. Pure."""
    since = min((at for share, _ in said if (at := share.first_at)), default=None)
    members = [Member(share, facts) for share, facts in said if since and share.counts(since)]
    if not members or since is None:
        return Account(account.id, v=account.v + 1)
    facts = united(member.facts for member in members)
    judgement = judge(facts, True, parameters, now)
    stage = str(judgement.stage)
    return account.renewed(
        facts=facts,
        traits=_traits(members, since),
        members=len(members),
        partial=partial,
        first_at=since,
        stage=stage,
        stage_since=account.stage_since if account.stage == stage else now,
        rule=judgement.reasons[0].rule,
        next_at=judgement.next_at,
        next_stage=str(judgement.next_stage) if judgement.next_stage else None,
        rules_v=parameters.version,
        due_at=judgement.next_at,
        overdue_at=judgement.overdue_at,
    )


def change_of(before: Account, after: Account, parameters: Parameters, now: datetime) -> StageChange | None:
    """The change of stage that folding an account made; None if there is none. Pure.

    cause: first; time, if the old facts come to the new stage by now; settings, if they do by other parameters than
    judged them; else event.
    """
    if after.stage is None or after.stage == before.stage:
        return None
    cause, at = "event", now
    if before.stage is None:
        cause = "first"
    elif judge(before.facts, True, parameters, now).stage == after.stage:
        same = before.rules_v == parameters.version
        cause = "time" if same else cause_between(before.rules_v, parameters.version)
        if cause == "time" and before.next_stage == after.stage:
            at = min(before.next_at or now, now)
    reason = judge(after.facts, True, parameters, now).reasons[0].as_dict()
    return StageChange(before.stage, after.stage, cause, at, after.v, since=at, reason=reason)


def _traits(members: Sequence[Member], since: datetime) -> Mapping[str, Any]:
    traits: Mapping[str, Trait] = {}
    for member in members:
        traits = latest(traits, member.share.said(since))
    return {name: trait.value for name, trait in traits.items() if trait.value is not None}
