"""The routes of Customer.io's Track API. What each becomes is said in chalicelib/tracking/sources/customerio.py.

Basic authorization `site_id:api_key`: either of them is a key of ours. To suppress, to merge and to delete needs a
secret key with the scope for it, besides `track`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from pydantic import ConfigDict, Field

from chalicelib.api.answers import Model
from chalicelib.api.http import Request, Routes
from chalicelib.api.taking import FORBIDDEN, Accepted, accept, accept_one, posting

SOURCE: Final = "customerio"

routes = Routes("customer.io")
_endpoint = posting(routes)


class Attributes(Model):
    """What is known of a customer: any attributes."""

    model_config = ConfigDict(extra="allow", title="Attributes")


class CustomerEvent(Model):
    """What a customer did. anonymous_id where nobody knows yet who did it."""

    name: str | None = None
    type: Any = Field(None, description="`event`, `page` or `screen`")
    id: Any = Field(None, description="The same when it is sent again; without it a repetition within a minute is one.")
    timestamp: Any = Field(None, description="Seconds since 1970; without it, now.")
    data: dict[str, Any] | None = None
    anonymous_id: str | None = None


class Device(Model):
    """A device that push notifications reach."""

    device: dict[str, Any] = Field(description="`id` (its token), `platform`, and attributes.")


class TwoCustomers(Model):
    """Two customers who are one. Each is named by id, email or cio_id."""

    primary: dict[str, Any]
    secondary: dict[str, Any]


class Entities(Model):
    """Many operations of version 2 at once."""

    batch: list[Any] = Field(description="Each with `type`, `identifiers`, `action` and what the action takes.")


@_endpoint("PUT", "/api/v1/customers/{customer}", request=Attributes)
def customerio_identify(request: Request) -> Accepted:
    """Say what is known of a customer."""
    return accept(SOURCE, _route("PUT/customers", request), _filled(request))


@_endpoint("DELETE", "/api/v1/customers/{customer}", may=(FORBIDDEN,))
def customerio_delete(request: Request) -> Accepted:
    """Ask that a customer be erased. Takes a secret key with the scope customers:erase."""
    return accept_one(SOURCE, _route("DELETE/customers", request), _filled(request))


@_endpoint("POST", "/api/v1/customers/{customer}/events", request=CustomerEvent)
def customerio_track(request: Request) -> Accepted:
    """Say what a customer did."""
    return accept(SOURCE, _route("POST/customers", request, "events"), _filled(request))


@_endpoint("POST", "/api/v1/events", request=CustomerEvent)
def customerio_track_anonymous(request: Request) -> Accepted:
    """Say what somebody did who is not known yet."""
    return accept(SOURCE, "POST/events", _filled(request))


@_endpoint("POST", "/api/v1/push/events")
def customerio_push(request: Request) -> Accepted:
    """Take what became of a push notification. It names nobody, so it is parked."""
    return accept(SOURCE, "POST/push/events", _filled(request))


@_endpoint("POST", "/api/v1/customers/{customer}/suppress", may=(FORBIDDEN,))
def customerio_suppress(request: Request) -> Accepted:
    """Send a customer nothing more, on any channel. Takes a secret key with the scope customers:write."""
    return accept_one(SOURCE, _route("POST/customers", request, "suppress"), _filled(request))


@_endpoint("POST", "/api/v1/customers/{customer}/unsuppress", may=(FORBIDDEN,))
def customerio_unsuppress(request: Request) -> Accepted:
    """Note that a customer is suppressed no more. Consent does not come back by it: the customer must subscribe."""
    return accept_one(SOURCE, _route("POST/customers", request, "unsuppress"), _filled(request))


@_endpoint("POST", "/api/v1/merge_customers", request=TwoCustomers, may=(FORBIDDEN,))
def customerio_merge(request: Request) -> Accepted:
    """Say that two customers are one. Takes a secret key with the scope customers:write."""
    return accept_one(SOURCE, "POST/merge_customers", _filled(request))


@_endpoint("PUT", "/api/v1/customers/{customer}/devices", request=Device)
def customerio_add_device(request: Request) -> Accepted:
    """Say that a customer has a device."""
    return accept(SOURCE, _route("PUT/customers", request, "devices"), _filled(request))


@_endpoint("DELETE", "/api/v1/customers/{customer}/devices/{device}")
def customerio_delete_device(request: Request) -> Accepted:
    """Say that a customer has a device no more."""
    return accept(SOURCE, _route("DELETE/customers", request, "devices", request.path["device"]), _filled(request))


@_endpoint("POST", "/api/v2/batch", request=Entities)
def customerio_batch(request: Request) -> Accepted:
    """Post many operations of version 2 at once. What the key may not do is parked."""
    return accept(SOURCE, "POST/batch", _filled(request))


@_endpoint("POST", "/api/v2/entity", request=Attributes, may=(FORBIDDEN,))
def customerio_entity(request: Request) -> Accepted:
    """Post one operation of version 2."""
    return accept_one(SOURCE, "POST/entity", _filled(request))


def _route(first: str, request: Request, *rest: str) -> str:
    return "/".join((first, *(quote(part, safe="") for part in (request.path["customer"], *rest))))


def _filled(request: Request) -> Request:
    """Some of what can be asked for needs no body, and clients send none."""
    return request if request.body.strip() else replace(request, body=b"{}")
