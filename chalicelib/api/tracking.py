"""Where websites, shops and servers post what people do: Segment's HTTP API under our own address.

Every readable body under a known key is answered with 200 and `{"success": true}`: clients retry or crash on
anything else. Calls that cannot be accepted are parked with their reason.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from chalicelib import wiring
from chalicelib.api.http import Request, Routes
from chalicelib.aws import telemetry
from chalicelib.tracking.call import Call, Single
from chalicelib.tracking.intake import Intake, Post

SOURCE: Final = "segment"

routes = Routes("tracking")


class Batch(BaseModel):
    """Many calls in one request. `context` and `integrations` hold for each call that does not say otherwise."""

    model_config = ConfigDict(title="Batch")

    batch: list[Call] = Field(description="Up to 2,500 calls of up to 32 KB each.")
    sentAt: Any = Field(None, description="When the client sent this, by its own clock.")
    context: dict[str, Any] | None = None
    integrations: dict[str, Any] | None = None
    writeKey: str | None = Field(None, description="The write key, unless it is in a header or in the query.")


class Accepted(BaseModel):
    """Everything in the request is stored, or parked with its reason."""

    success: Literal[True] = True


_post = partial(
    routes.endpoint,
    "POST",
    response=Accepted,
    cors=True,
    problems=("invalid_json", "unknown_write_key", "body_too_long"),
)


@_post("/v1/batch", request=Batch)
def batch(request: Request) -> Accepted:
    """Post many calls at once."""
    return _take("batch", request)


@_post("/v1/identify", request=Single)
def identify(request: Request) -> Accepted:
    """Say who somebody is, and what is known of them."""
    return _take("identify", request)


@_post("/v1/track", request=Single)
def track(request: Request) -> Accepted:
    """Say what somebody did."""
    return _take("track", request)


@_post("/v1/page", request=Single)
def page(request: Request) -> Accepted:
    """Say which page of a website somebody looked at."""
    return _take("page", request)


@_post("/v1/screen", request=Single)
def screen(request: Request) -> Accepted:
    """Say which screen of an app somebody looked at."""
    return _take("screen", request)


@_post("/v1/group", request=Single)
def group(request: Request) -> Accepted:
    """Say which account or company somebody belongs to."""
    return _take("group", request)


@_post("/v1/alias", request=Single)
def alias(request: Request) -> Accepted:
    """Say that somebody was known by another id before."""
    return _take("alias", request)


def _take(route: str, request: Request) -> Accepted:
    application = wiring.perennial()
    intake = Intake(application.keys, application.events, application.parked)
    taken = intake.take(Post(SOURCE, route, request.body, request.headers, request.query), application.now())
    if taken.parked:
        telemetry.count("tracking", {f"parked_{reason}": count for reason, count in taken.refused().items()})
    return Accepted()
