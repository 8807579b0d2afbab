"""Questions about accounts: who stands in a stage, everything about one, and its members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from chalicelib import wiring
from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.behaviour import Behaviour
from chalicelib.api.customers import Entry, ListQuery, OneQuery, stage_entry
from chalicelib.api.http import Request, Routes, bad_cursor, opened, sealed
from chalicelib.api.stages import Standing, standing
from chalicelib.aws.at_once import at_once
from chalicelib.errors import Refused
from chalicelib.lifecycle.rules import Stage

if TYPE_CHECKING:
    from chalicelib.customers.accounts.account import Account as Stored

READ: Final = "customers:read"
REPORTS: Final = "reports:read"

routes: Final = Routes("accounts")


class MembersQuery(Strict):
    """Which members to list."""

    limit: int = Field(50, ge=1, le=200, description="At most this many.")
    cursor: str | None = Field(None, description="The `cursor` of the page before.")


class ListedAccount(Model):
    """An account in a list."""

    id: str
    stage: Stage
    since: Moment = Field(description="Since when the account is in the stage.")


class Accounts(Model):
    """A page of accounts; `cursor` asks for the next, null at the end."""

    accounts: list[ListedAccount]
    cursor: str | None


class AccountLifecycle(Standing):
    """Where the account stands, by its members' facts together, why, and until when if nothing happens."""


class Account(Behaviour):
    """Everything that is known of one account. Behind its members by a minute or two."""

    id: str
    traits: dict[str, Any] = Field(description="By name, as they were last written by anybody whose word counts.")
    members: int = Field(description="How many count.")
    partial: bool = Field(description="There are more than 1,000, and the facts are of the first 1,000 by id.")
    known_since: Moment
    lifecycle: AccountLifecycle
    timeline: list[Entry] = Field(description="Its changes of stage, newest first.")


class Member(Model):
    """Somebody who was named for the account."""

    id: str
    counts: bool = Field(description="Whether she is a member: see docs/ACCOUNTS.md.")
    since: Moment = Field(description="When she was first named.")


class Members(Model):
    """A page of members by id; `cursor` asks for the next, null at the end."""

    members: list[Member]
    cursor: str | None


class AccountStageCount(Model):
    """How many accounts stand in one stage."""

    stage: Stage
    accounts: int


class AccountReport(Model):
    """Accounts by stage. Counted from an index at `as_of`; behind by moments."""

    as_of: Moment
    accounts: int
    stages: list[AccountStageCount] = Field(description="All nine; an account is never a Ghost.")


@routes.endpoint("GET", "/v1/accounts", scope=READ, query=ListQuery, response=Accounts, problems=("invalid_cursor",))
def list_accounts(request: Request) -> Accounts:
    """Which accounts stand in a stage, the longest in it first within each of eight groups."""
    query = request.parameters(ListQuery)
    try:
        behind = opened(query.cursor) if query.cursor else None
        found, cursor = wiring.perennial().customers.accounts.in_stage(query.stage, limit=query.limit, cursor=behind)
    except ValueError as bad:
        raise bad_cursor() from bad
    return Accounts(
        accounts=[ListedAccount(id=one.id, stage=query.stage, since=one.since) for one in found],
        cursor=sealed(cursor) if cursor else None,
    )


@routes.endpoint(
    "GET",
    "/v1/accounts/{account}",
    scope=READ,
    query=OneQuery,
    response=Account,
    problems=("account_not_found",),
)
def read_account(request: Request) -> Account:
    """One account: traits, its members' facts together, and its stage with reasons and next change.

    `account` is the id that `group` calls give, URL-encoded.
    """
    from chalicelib.customers.shown import shown

    query = request.parameters(OneQuery)
    perennial = wiring.perennial()
    account = account_of(request.path["account"])
    changes = perennial.customers.accounts.history(account.id, limit=query.timeline) if query.timeline else []
    behaviour = Behaviour.model_validate(shown(account.facts, perennial.prices(), perennial.now()))
    return Account(
        **dict(behaviour),
        id=account.id,
        traits=dict(account.traits),
        members=account.members,
        partial=account.partial,
        known_since=account.first_at or perennial.now(),
        lifecycle=_lifecycle(account),
        timeline=[stage_entry(change) for change in changes],
    )


@routes.endpoint(
    "GET",
    "/v1/accounts/{account}/members",
    scope=READ,
    query=MembersQuery,
    response=Members,
    problems=("account_not_found", "invalid_cursor"),
)
def list_members(request: Request) -> Members:
    """Who was named for an account, by id, and whether they count.

    Who has turned out to be somebody else since is not listed, so a page may hold fewer than were asked for.
    """
    from chalicelib.review.accounts import says

    query = request.parameters(MembersQuery)
    account = account_of(request.path["account"])
    try:
        after = opened(query.cursor) if query.cursor else None
    except ValueError as bad:
        raise bad_cursor() from bad
    if after is not None and not 0 < len(after.encode()) <= 1_000:
        raise bad_cursor()
    customers = wiring.perennial().customers
    shares, behind = customers.accounts.page(account.id, limit=query.limit, after=after)
    states = at_once(customers.load, [share.customer for share in shares])
    return Members(
        members=[
            Member(id=share.customer, counts=share.counts(account.first_at or since), since=since)
            for share, state in zip(shares, states, strict=True)
            if says(state, account.id) and (since := share.first_at) is not None
        ],
        cursor=sealed(behind) if behind else None,
    )


@routes.endpoint("GET", "/v1/reports/accounts", scope=REPORTS, response=AccountReport)
def read_account_report(request: Request) -> AccountReport:
    """How many accounts stand in each of the nine stages."""
    perennial = wiring.perennial()
    counts = at_once(perennial.customers.accounts.count_in_stage, Stage)
    return AccountReport(
        as_of=perennial.now(),
        accounts=sum(counts),
        stages=[AccountStageCount(stage=stage, accounts=n) for stage, n in zip(Stage, counts, strict=True)],
    )


def account_of(id: str) -> Stored:
    """The account that an id means, judged at least once. Refused: 404 `account_not_found`."""
    from chalicelib.customers.memberships import LONGEST

    account = wiring.perennial().customers.accounts.load(id) if 0 < len(id) <= LONGEST else None
    if account is None or account.stage is None:
        raise Refused(404, "account_not_found", f"No account is known by {id[:LONGEST]!r}.")
    return account


def _lifecycle(account: Stored) -> AccountLifecycle:
    perennial = wiring.perennial()
    shown = standing(account.facts, True, account, perennial.parameters, perennial.frames(), perennial.now())
    return AccountLifecycle(**dict(shown))
