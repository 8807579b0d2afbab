"""Why somebody stands where she stands, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Final

from chalicelib import wiring
from chalicelib.api import explain_models as models
from chalicelib.api.http import Request, Routes
from chalicelib.api.stages import cause_of, change_of, next_order_of, open_intent, since_of
from chalicelib.errors import Refused

if TYPE_CHECKING:
    from chalicelib.customers.accounts.account import Account
    from chalicelib.customers.stages import StageChange
    from chalicelib.customers.state import State
    from chalicelib.lifecycle.explain.explanation import Explanation

READ: Final = "customers:read"
_PROBLEMS: Final = ("unknown_language", "unknown_zone")

routes: Final = Routes("explanation")


@routes.endpoint(
    "GET",
    "/v1/customers/{customer}/explain",
    scope=READ,
    query=models.ExplainQuery,
    response=models.Explanation,
    problems=("customer_not_found", *_PROBLEMS),
)
def explain_customer(request: Request) -> models.Explanation:
    """Why a customer stands in a stage, what would change that and until when, in the reader's language.

    The rule with its values and thresholds, the scores with everything they were computed from, what an order, a visit
    or the end of a contract would do, every frame's phase, and the changes of stage with their reasons.
    """
    from chalicelib.api.whom import state_of
    from chalicelib.customers.identity import is_identified

    query = request.parameters(models.ExplainQuery)
    code, zone = language_of(query.language, request), zone_of(query.zone)
    state = state_of(request.path["customer"])
    now = wiring.perennial().now()
    history = wiring.perennial().customers.history(state.customer, limit=query.history) if query.history else []
    told = _explained(state, is_identified(state.customer, state.facts), code, zone, now, history)
    return _answer(state.customer, state, state.cause, told, code, query.zone, now)


@routes.endpoint(
    "GET",
    "/v1/accounts/{account}/explain",
    scope=READ,
    query=models.ExplainQuery,
    response=models.Explanation,
    problems=("account_not_found", *_PROBLEMS),
)
def explain_account(request: Request) -> models.Explanation:
    """The same for an account, by its members' facts together."""
    from chalicelib.api.accounts import account_of

    query = request.parameters(models.ExplainQuery)
    code, zone = language_of(query.language, request), zone_of(query.zone)
    account = account_of(request.path["account"])
    now = wiring.perennial().now()
    accounts = wiring.perennial().customers.accounts
    history = accounts.history(account.id, limit=max(1, query.history))
    cause = history[0].cause if history and history[0].stage_to == account.stage else None
    told = _explained(account, True, code, zone, now, history[: query.history])
    return _answer(account.id, account, cause, told, code, query.zone, now)


def _explained(
    held: State | Account, identified: bool, code: str, zone: tzinfo, now: datetime, history: Sequence[StageChange]
) -> Explanation:
    from chalicelib.lifecycle.explain.acts import Situation
    from chalicelib.lifecycle.explain.explanation import explain

    perennial = wiring.perennial()
    return explain(
        Situation(held.facts, identified, perennial.parameters, perennial.vocabulary),
        now,
        code=code,
        zone=zone,
        currency=perennial.prices().total(held.facts).currency,
        frames=perennial.frames(),
        history=history,
        reactivated_at=held.reactivated_at,
    )


def _answer(
    id: str, held: State | Account, cause: str | None, told: Explanation, code: str, zone: str, now: datetime
) -> models.Explanation:
    judged = told.judgement
    return models.Explanation(
        id=id,
        language=code,
        zone=zone,
        as_of=now,
        stage=judged.stage,
        title=told.title,
        since=since_of(held, judged, now),
        cause=cause_of(held, judged.stage, cause),
        reasons=[models.why(one) for one in told.reasons],
        next_change=change_of(judged),
        outlook=told.outlook,
        what_if=[
            models.WhatIf(
                act=one.act,
                stage=one.stage,
                before=one.before,
                prevents=one.prevents,
                prevents_from=one.prevents_from,
                prevents_before=one.prevents_before,
                lasts_until=one.lasts_until,
                then=one.then,
                sentence=sentence,
            )
            for one, _, sentence in told.what_ifs
        ],
        scores=[models.score(one) for one in told.scores],
        trust=told.trust,
        open_intents=[
            models.ToldIntent(**open_intent(one).model_dump(), sentence=sentence) for one, sentence in told.open_intents
        ],
        next_order=_next_order(told),
        overdue=_overdue(told, now),
        reactivated=_reactivated(held, told),
        frames=[models.frame(one) for one in told.frames],
        history=[models.past(one) for one in told.history],
    )


def _next_order(told: Explanation) -> models.ToldNextOrder | None:
    expected = next_order_of(told.judgement)
    if expected is None or told.next_order is None:
        return None
    return models.ToldNextOrder(**expected.model_dump(), sentence=told.next_order)


def _overdue(told: Explanation, now: datetime) -> models.Overdue | None:
    at = told.judgement.overdue_at
    if at is None or told.overdue is None:
        return None
    return models.Overdue(at=at, is_overdue=told.judgement.is_overdue(now), sentence=told.overdue)


def _reactivated(held: State | Account, told: Explanation) -> models.Reactivated | None:
    if held.reactivated_at is None or told.reactivated is None:
        return None
    return models.Reactivated(at=held.reactivated_at, sentence=told.reactivated)


def language_of(asked: str | None, request: Request) -> str:
    """The language of the answer: what was asked for, else what the client prefers, else English. Refused: 400
    `unknown_language` for one that was asked for and that there is not."""
    from chalicelib.lifecycle.explain.words import ENGLISH, languages

    known = languages()
    if asked is not None:
        code = asked.replace("_", "-").partition("-")[0].lower()
        if code not in known:
            raise Refused(400, "unknown_language", f"Explanations are told in {', '.join(known)}, not in {asked!r}.")
        return code
    wanted = (part.partition(";") for part in request.headers.get("accept-language", "").split(","))
    ranked = [(_quality(rest), name.strip().partition("-")[0].lower()) for name, _, rest in wanted]
    spoken = [(quality, code) for quality, code in ranked if quality > 0 and code in known]
    return max(spoken, key=lambda one: one[0], default=(1.0, ENGLISH))[1]  # of equals the first


def _quality(parameter: str) -> float:
    """The q of one member of Accept-Language; 1 where there is none, 0 for one that is no number."""
    name, _, value = parameter.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def zone_of(name: str) -> tzinfo:
    """A time zone by its name. Refused: 400 `unknown_zone`."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        message = f"There is no time zone {name!r}; use a name of the IANA database, such as Europe/Rome, or UTC."
        raise Refused(400, "unknown_zone", message) from unknown
