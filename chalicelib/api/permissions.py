"""What permission would answer for one customer now, by channel."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from chalicelib.api.answers import Model, Moment, Strict
from chalicelib.api.http import Request, Routes
from chalicelib.journeys.send import MessageClass

READ: Final = "customers:read"

routes: Final = Routes("permissions")


class PermissionQuery(Strict):
    """What message is meant."""

    message_class: MessageClass = Field("marketing", alias="class", description="Its class.")
    topic: str | None = Field(None, min_length=1, max_length=64, description="The topic that it is about: newsletter.")


class ChannelAnswer(Model):
    """What is answered on one channel, for a message that is worth sending for a week."""

    channel: str
    answer: Literal["allowed", "later", "skipped"]
    reason: str | None = Field(description="Why it would wait, or never leave; null if it may leave.")
    until: Moment | None = Field(description="When it would be asked again.")
    time_zones: list[str] = Field(description="Whose clocks count for the hours of this channel.")
    bad_time_zone: bool = Field(description="The customer names a time zone that is none: the workspace's counts.")


class CustomerPermission(Model):
    """By channel, whether a message might leave now."""

    customer: str
    asked_at: Moment
    channels: list[ChannelAnswer]


@routes.endpoint(
    "GET",
    "/v1/customers/{customer}/permission",
    scope=READ,
    query=PermissionQuery,
    response=CustomerPermission,
    problems=("customer_not_found",),
)
def read_permission(request: Request) -> CustomerPermission:
    """Whether a message might leave to a customer now, by channel, with the reason and the next moment.

    The answer is that of the function which senders ask, for a message of no journey: what is only known of a message
    (its words, the journey that planned it, what goes before it) is not in it.
    """
    from chalicelib.api import permission_work

    query = request.parameters(PermissionQuery)
    return permission_work.asked(request.path["customer"], query.message_class, query.topic)
