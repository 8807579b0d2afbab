"""Coupons, codes and referrals (docs/COUPONS.md). What the handlers do is in coupon_work.py."""

from __future__ import annotations

from typing import Final

from chalice.app import Response

from chalicelib.api.coupon_models import (
    Asking,
    Codes,
    CodeState,
    CodeUpload,
    CouponDefinition,
    CouponState,
    OwnCode,
    ReferralDefinition,
    ReferralState,
    SpendingState,
)
from chalicelib.api.definition_models import Definitions, PageQuery, PutQuery
from chalicelib.api.http import Request, Routes, respond
from chalicelib.api.jobs import JobState, caller

READ: Final = "coupons:read"
WRITE: Final = "coupons:write"

routes: Final = Routes("coupons")


@routes.endpoint("GET", "/v1/coupons", scope=READ, query=PageQuery, response=Definitions)
def list_coupons(request: Request) -> Definitions:
    """The coupons by name."""
    from chalicelib.api import coupon_work

    query = request.parameters(PageQuery)
    return coupon_work.listed("coupon", query.limit, query.cursor)


@routes.endpoint("GET", "/v1/coupons/{name}", scope=READ, response=CouponState, problems=("coupon_not_found",))
def read_coupon(request: Request) -> CouponState:
    """A coupon, how many codes are left, and how many were used."""
    from chalicelib.api import coupon_work

    return coupon_work.coupon(request.path["name"])


@routes.endpoint(
    "PUT",
    "/v1/coupons/{name}",
    scope=WRITE,
    query=PutQuery,
    request=CouponDefinition,
    response=CouponState,
    problems=("invalid_coupon", "code_taken", "version_conflict"),
)
def put_coupon(request: Request) -> CouponState:
    """Make or change a coupon, in force within 30 seconds. Codes that were given stand as they were given."""
    from chalicelib.api import coupon_work

    expected = request.parameters(PutQuery).expected_version
    return coupon_work.put_coupon(request.path["name"], request.value(), expected)


@routes.endpoint(
    "POST",
    "/v1/coupons/{name}/codes",
    scope=WRITE,
    request=CodeUpload,
    response=JobState,
    problems=("coupon_not_found", "no_pool", "invalid_code"),
    later=True,
)
def upload_codes(request: Request) -> Response:
    """Put up to 5,000 unique codes into a coupon's pool: answered with 202 and the job that does it.

    Its `counts` say how many were new, known already, and taken by another coupon. Sending them again is safe.
    """
    from chalicelib.api import coupon_work

    return respond(coupon_work.upload(request.path["name"], request.json(CodeUpload).codes, caller(request)), 202)


@routes.endpoint("GET", "/v1/codes/{code}", scope=READ, response=CodeState, problems=("code_not_found",))
def read_code(request: Request) -> CodeState:
    """What became of a code, and whether a shop should take it now."""
    from chalicelib.api import coupon_work

    return coupon_work.code(request.path["code"])


@routes.endpoint("GET", "/v1/referrals", scope=READ, query=PageQuery, response=Definitions)
def list_referrals(request: Request) -> Definitions:
    """The referral programmes by name."""
    from chalicelib.api import coupon_work

    query = request.parameters(PageQuery)
    return coupon_work.listed("referral", query.limit, query.cursor)


@routes.endpoint("GET", "/v1/referrals/{name}", scope=READ, response=ReferralState, problems=("referral_not_found",))
def read_referral(request: Request) -> ReferralState:
    """A referral programme, and what came of it."""
    from chalicelib.api import coupon_work

    return coupon_work.referral(request.path["name"])


@routes.endpoint(
    "PUT",
    "/v1/referrals/{name}",
    scope=WRITE,
    query=PutQuery,
    request=ReferralDefinition,
    response=ReferralState,
    problems=("invalid_referral", "version_conflict"),
)
def put_referral(request: Request) -> ReferralState:
    """Make or change a referral programme."""
    from chalicelib.api import coupon_work

    expected = request.parameters(PutQuery).expected_version
    return coupon_work.put_referral(request.path["name"], request.value(), expected)


@routes.endpoint(
    "POST",
    "/v1/referrals/{name}/codes",
    scope=WRITE,
    request=Asking,
    response=OwnCode,
    problems=("referral_not_found", "customer_not_found"),
)
def ask_for_code(request: Request) -> OwnCode:
    """A customer's own code. Where she has none it is made within a moment: ask again. She never gets another one."""
    from chalicelib.api import coupon_work

    return coupon_work.own_code(request.path["name"], request.json(Asking).customer)


@routes.endpoint("GET", "/v1/customers/{customer}/codes", scope=READ, response=Codes, problems=("customer_not_found",))
def read_codes(request: Request) -> Codes:
    """Every code that a customer has, and what she was credited for friends."""
    from chalicelib.api import coupon_work

    return coupon_work.codes_of(request.path["customer"])


@routes.endpoint(
    "GET", "/v1/journeys/{name}/spending", scope=READ, response=SpendingState, problems=("journey_not_found",)
)
def read_spending(request: Request) -> SpendingState:
    """What a journey has cost so far: its messages, and what its coupons took off orders."""
    from chalicelib.api import coupon_work

    return coupon_work.spending(request.path["name"])
