"""What all routes that take events have in common: how they are declared, what they answer, and the one way in.

Every readable body under a known key is answered with exactly 200, whatever it holds: several SDKs retry, lose events
or end their process on anything else. Calls that cannot be accepted are parked with their reason.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from chalicelib import wiring
from chalicelib.api.answers import Model
from chalicelib.api.http import Answer, Request, Routes
from chalicelib.aws import telemetry
from chalicelib.errors import Refused
from chalicelib.tracking.call import Call
from chalicelib.tracking.intake import Post, Taken
from chalicelib.tracking.reading import Reason

PROBLEMS: Final = ("invalid_json", "unknown_write_key", "body_too_long", "origin_not_allowed", "too_many_calls")
FORBIDDEN: Final = "forbidden"

Declare = Callable[..., Callable[[Callable[[Request], Answer]], Callable[[Request], Answer]]]


class Batch(Model):
    """Many calls in one request. `context` and `integrations` hold for each call that does not say otherwise."""

    model_config = ConfigDict(title="Batch")

    batch: list[Call] = Field(description="Up to 2,500 calls of up to 32 KB each.")
    sentAt: Any = Field(None, description="When the client sent this, by its own clock.")
    context: dict[str, Any] | None = None
    integrations: dict[str, Any] | None = None
    writeKey: str | None = Field(None, description="The write key, unless it is in a header or in the query.")


class Accepted(Model):
    """Everything in the request is stored, or parked with its reason."""

    success: Literal[True] = True


def posting(routes: Routes) -> Declare:
    """`routes.endpoint` for routes that take events: from any website, under a write key, answered with `Accepted`.

    `may`: codes of errors besides those that all of them have.
    """

    def declare(method: str, path: str, *, may: tuple[str, ...] = (), **more: Any) -> Any:
        endpoint = partial(routes.endpoint, response=Accepted, cors=True, write_key=True)
        return endpoint(method, path, problems=(*PROBLEMS, *may), **more)

    return declare


def accept(source: str, route: str, request: Request) -> Accepted:
    """Store or park everything in the request, which `source` reads."""
    _take(source, route, request)
    return Accepted()


def accept_one(source: str, route: str, request: Request) -> Accepted:
    """The same for what somebody asks for by itself: whoever may not ask is told so. Refused: 403 `forbidden`."""
    taken = _take(source, route, request)
    denied = [refusal for refusal in taken.reading.refusals if refusal.reason is Reason.NOT_ALLOWED]
    if denied:
        raise Refused(403, FORBIDDEN, f"This key may not do that: {denied[0].details}.")
    return Accepted()


def _take(source: str, route: str, request: Request) -> Taken:
    application = wiring.perennial()
    post = Post(source, route, request.body, request.headers, request.query)
    taken = application.intake.take(post, application.now())
    if taken.parked:
        telemetry.count("tracking", {f"parked_{reason}": count for reason, count in taken.refused().items()})
    return taken
