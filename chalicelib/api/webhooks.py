"""Where shops and services post what happens by themselves: `POST /webhooks/{source}`, under a signature.

Genuine deliveries are answered with exactly 200 and `{"success": true}`: some vendors disable an address for anything
else. What cannot be used in one is parked with its reason. docs/WEBHOOKS.md says how each vendor is pointed here.
"""

from __future__ import annotations

from typing import Final, Literal

from chalicelib import wiring
from chalicelib.api.answers import Model
from chalicelib.api.http import Request, Routes
from chalicelib.aws import telemetry
from chalicelib.tracking.webhook import Delivery

routes: Final = Routes("webhooks")


class Received(Model):
    """Everything in the delivery is stored, or parked with its reason."""

    success: Literal[True] = True


@routes.endpoint(
    "POST",
    "/webhooks/{source}",
    response=Received,
    problems=("unknown_source", "invalid_signature", "body_too_long"),
)
def take_webhook(request: Request) -> Received:
    """Take what a shop or a service reports by itself.

    The body is as the vendor documents it, signed with a secret that was put under `/v1/sources/{name}/secret`.
    Whatever is not signed so is answered with 401 and not kept. The same fact may come any number of times.
    """
    taken = wiring.perennial().webhooks.take(request.path["source"], Delivery(request.body, request.headers))
    if taken is not None and taken.parked:
        telemetry.count("webhooks", {f"parked_{reason}": count for reason, count in taken.refused().items()})
    return Received()
