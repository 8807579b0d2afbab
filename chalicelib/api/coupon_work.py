"""What the endpoints of coupons, codes and referrals do. Imported by the handlers when one of them runs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Literal

from chalicelib import ids, times, wiring
from chalicelib.api.coupon_models import (
    Codes,
    CodeState,
    CouponState,
    Credit,
    HeldCode,
    OwnCode,
    ReferralState,
    SpendingState,
)
from chalicelib.api.definition_models import Definitions
from chalicelib.api.jobs import JobState, shown
from chalicelib.api.versions import as_listed, overtaken, valid
from chalicelib.api.whom import state_of
from chalicelib.catalog.pointer import Pointer
from chalicelib.catalog.store import DefinitionStore, VersionConflict
from chalicelib.errors import Refused
from chalicelib.jobs.job import Job
from chalicelib.journeys.coupons import coupon as coupons
from chalicelib.journeys.coupons.coupon import Coupon, Pool, Shared
from chalicelib.journeys.coupons.follow import ASKED, WATCHED, WATCHER
from chalicelib.journeys.coupons.letters import is_code, normal
from chalicelib.journeys.referrals import referral as referrals
from chalicelib.journeys.referrals.referral import Referral
from chalicelib.segments.fields import is_name
from chalicelib.tracking.event import statement
from chalicelib.tracking.problems import named

Kind = Literal["coupon", "referral"]

_REFUSALS: Final = ("self_referral", "not_first_order", "credited_already", "paused_referral")


def listed(kind: Kind, limit: int, cursor: str | None) -> Definitions:
    """A page of the definitions of a kind."""
    found = _definitions(kind).pointers(after=cursor or "", limit=limit + 1)
    more = len(found) > limit
    return Definitions(
        definitions=[as_listed(one) for one in found[:limit]], cursor=found[limit - 1].name if more else None
    )


def coupon(name: str) -> CouponState:
    """A coupon and its counts."""
    pointer, body = _read("coupon", name)
    made, counts = Coupon.model_validate(body), wiring.perennial().coupon_store.counts(name)
    left = counts["left"] if isinstance(made.codes, Pool) else None
    low = isinstance(made.codes, Pool) and counts["left"] < made.codes.low
    off = {key[4:]: f"{Decimal(number) / 100:.2f}" for key, number in sorted(counts.items()) if key[:4] == "off_"}
    return CouponState(
        state=as_listed(pointer),
        definition=body,
        uploaded=counts["uploaded"],
        given=counts["given"],
        left=left,
        low=low,
        redeemed=counts["redeemed"],
        off=off,
    )


def put_coupon(name: str, body: object, expected: int | None) -> CouponState:
    """Make a version of a coupon, and listen to orders from now on."""
    made = valid("coupon", lambda: coupons.parse(named(name, body)))
    perennial = wiring.perennial()
    if isinstance(made.codes, Shared) and not perennial.coupon_store.share(name, made.codes.code):
        raise Refused(409, "code_taken", f"The code {made.codes.code} belongs to another coupon.")
    _put("coupon", made, expected)
    return coupon(name)


def upload(name: str, codes: list[str], requested_by: str) -> JobState:
    """Start the job that puts codes into a pool. The same codes at one moment are the same job."""
    _, body = _read("coupon", name)
    if not isinstance(Coupon.model_validate(body).codes, Pool):
        raise Refused(409, "no_pool", "The codes of this coupon do not come from a pool.")
    wrong = [code for code in codes if not is_code(code)]
    if wrong:
        message = "A code has 3 to 40 letters of ASCII, digits, - and _."
        raise Refused(400, "invalid_code", message, {"codes": wrong[:20]})
    perennial = wiring.perennial()
    each = list(dict.fromkeys(map(normal, codes)))
    job = Job.new("codes", {"coupon": name, "codes": each}, requested_by, perennial.now(), name, ids.digest(*each))
    return shown(perennial.jobs.start(job))


def code(spoken: str) -> CodeState:
    """What became of a code."""
    perennial, asked = wiring.perennial(), normal(spoken)
    status = perennial.coupon_store.status(asked) if is_code(asked) else None
    if status is None:
        raise Refused(404, "code_not_found", "No coupon and no referral programme has this code.")
    state, campaign, expires = status["state"], str(status["campaign"]), status.get("expires_at")
    definition = _body("referral" if state == "referral" else "coupon", campaign)
    until = (definition or {}).get("until")
    ends = [times.parse(end) for end in (expires, until) if end]
    stands = definition is not None and not definition.get("paused") and all(perennial.now() < end for end in ends)
    return CodeState(
        code=asked,
        campaign=campaign,
        state=state,
        valid=stands and state in ("given", "shared", "referral"),
        expires_at=times.text(min(ends)) if ends else None,
        discount=(definition or {}).get("friend" if state == "referral" else "discount"),
    )


def referral(name: str) -> ReferralState:
    """A programme and its counts."""
    pointer, body = _read("referral", name)
    counts = wiring.perennial().referral_store.counts(name)
    refused = {reason: counts[reason] for reason in _REFUSALS if counts[reason]}
    return ReferralState(
        state=as_listed(pointer),
        definition=body,
        codes=counts["given"],
        credited=counts["credited"],
        refused=refused,
    )


def put_referral(name: str, body: object, expected: int | None) -> ReferralState:
    """Make a version of a programme, and listen to orders from now on."""
    _put("referral", valid("referral", lambda: referrals.parse(named(name, body))), expected)
    return referral(name)


def own_code(name: str, spoken: str) -> OwnCode:
    """A customer's own code; where she has none, say that she asks for it."""
    _read("referral", name)
    state, perennial = state_of(spoken), wiring.perennial()
    for subject in perennial.family(state.customer):
        row = perennial.referral_store.own(subject, name)
        if row is not None:
            return OwnCode(customer=state.customer, referral=name, code=row["code"])
    now = perennial.now()
    id = f"referral-{ids.digest(name, state.customer, times.text(now))}"
    perennial.events.store([statement(ASKED, id, state.customer, {"referral": name}, at=now)])
    return OwnCode(customer=state.customer, referral=name, code=None)


def codes_of(spoken: str) -> Codes:
    """What a customer has."""
    perennial, state = wiring.perennial(), state_of(spoken)
    rows = [row for one in perennial.family(state.customer) for row in perennial.coupon_store.all_held(one)]
    credits = [row for one in perennial.family(state.customer) for row in perennial.referral_store.credits(one)]
    return Codes(codes=[_held(row) for row in rows], credits=[_credit(row) for row in credits])


def spending(name: str) -> SpendingState:
    """What a journey has cost."""
    from chalicelib.journeys.store import JourneyStore

    perennial = wiring.perennial()
    now = perennial.now()
    if not is_name(name) or JourneyStore(perennial.db).pointer(name) is None:
        raise Refused(404, "journey_not_found", "There is no journey of this name.")
    found, budget = perennial.budgets.spending(name, now), perennial.budgets.limits(name, now).budget
    return SpendingState(
        journey=name,
        budget=format(budget.amount, "f") if budget else None,
        spent=f"{found.amount:.2f}" if found else "0.00",
        currency=budget.currency if budget else None,
        reached=perennial.budgets.reached(name, now) is not None,
        messages=found.messages if found else 0,
        off={currency: f"{amount:.2f}" for currency, amount in found.off.items()} if found else {},
        unconverted=list(found.unconverted) if found else [],
    )


def _held(row: Mapping[str, Any]) -> HeldCode:
    kind, campaign, *journey = str(row["sk"]).split("#")
    return HeldCode(
        kind="referral" if kind == "referral" else "coupon",
        campaign=campaign,
        code=row["code"],
        journey=journey[0] if journey else None,
        given_at=row["given_at"],
        expires_at=row.get("expires_at"),
    )


def _credit(row: Mapping[str, Any]) -> Credit:
    reward = row.get("reward")
    return Credit(referral=str(row["sk"]).split("#")[1], at=row["at"], reward=reward)


def _put(kind: Kind, made: Coupon | Referral, expected: int | None) -> None:
    perennial = wiring.perennial()
    try:
        _definitions(kind).put(made.name, made.title, made.body(), perennial.now(), expected=expected, in_force=True)
    except VersionConflict as conflict:
        raise overtaken(conflict) from conflict
    perennial.watch_list.watch(WATCHER, WATCHED)


def _definitions(kind: Kind) -> DefinitionStore:
    perennial = wiring.perennial()
    return perennial.coupon_store.definitions if kind == "coupon" else perennial.referral_store.definitions


def _read(kind: Kind, name: str) -> tuple[Pointer, dict[str, Any]]:
    store = _definitions(kind)
    pointer = store.pointer(name) if is_name(name) else None
    body = store.body(name, pointer.latest) if pointer else None
    if pointer is None or body is None:
        raise Refused(404, f"{kind}_not_found", f"There is no {kind} of this name.")
    return pointer, body


def _body(kind: Kind, name: str) -> dict[str, Any] | None:
    pointer = _definitions(kind).pointer(name)
    return _definitions(kind).body(name, pointer.latest) if pointer else None
