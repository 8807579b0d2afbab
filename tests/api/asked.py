"""What to ask of each endpoint so that it answers well: for tests that ask something of every one.

An endpoint that needs no more than that ada, her shop and the journey `welcome` are there (tests/api/conftest.py:
`shop`) has no entry. The others have one: a body or a query, or a function that first puts what the endpoint asks for,
and says the names that stand in its path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from chalicelib.api.http import Endpoint
from chalicelib.customers.accounts.account import Account
from chalicelib.customers.suppression import RANGE_KEY, Suppressed, mark, of_list
from chalicelib.jobs.importing.refused import report_key
from chalicelib.jobs.job import Job, to_item
from chalicelib.resources import CUSTOMERS, SENDS, WORK
from tests.api.test_tasks import listed
from tests.fakes.world import World
from tests.messages.onsite.test_answers import waiting


@dataclass(frozen=True)
class Asked:
    """names: what stands in the path. body, query: as sent; a GET has no body."""

    body: object = None
    query: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


Ask = Callable[[World], Asked]


def asked(endpoint: Endpoint, world: World) -> Asked:
    """What to ask; puts what has to be there."""
    if endpoint.write_key:
        batch = endpoint.path.endswith("batch")
        return Asked({"batch": []} if batch else {"userId": "ada", "event": "Seen"}, names={"type": "track"})
    if "{account}" in endpoint.path:
        an_account(world)
    known = ASKED.get(f"{endpoint.method} {endpoint.path}") or TAGGED.get(endpoint.tag) or Asked()
    return known(world) if callable(known) else known


def names(world: World) -> dict[str, str]:
    """What stands in paths if nothing else is said."""
    return {
        "customer": "ada",
        "account": "acme",
        "name": "welcome",
        "key": world.write_key,
        "file": "part.bundle.0a1b.js",
        "type": "track",
        "token": "none",
        "short": "none",
        "device": "none",
        "source": "shopify",
    }


def a_failed_job(world: World) -> Asked:
    """One that can be shown, cancelled and taken up again."""
    job = Job.new("imports", {}, "marketing", world.now).stumbled("no such file", world.now, for_good=True)
    world.platform.put(WORK, to_item(job))
    world.containers["api"].files.write(report_key(job.id, "csv"), b"line,problem")
    return Asked(names={"job": job.id})


def an_account(world: World) -> Asked:
    """One, of which nobody is a member."""
    world.platform.put(CUSTOMERS, Account("acme", 1, stage="new", stage_since=world.now, first_at=world.now).to_item())
    return Asked()


def a_message_on_the_site(world: World) -> Asked:
    """One that waits for ada, whose server says that she has seen it."""
    row = waiting(customer="u#ada", todo=world.now + timedelta(days=1))
    world.platform.put(SENDS, row.to_item())
    return Asked({"userId": "ada", "id": row.id, "did": "viewed"})


def accounts_by_stage(world: World) -> Asked:
    """The same, listed."""
    an_account(world)
    return Asked(query={"stage": "new"})


def a_key(world: World) -> Asked:
    """The id of one that there is."""
    return Asked({}, names={"id": str(world.ask("GET", "/v1/keys").json()["keys"][0]["id"])})


def something_parked(world: World) -> Asked:
    """The id of it."""
    assert world.post("/v1/batch", {"batch": [7]}).status == 200
    return Asked({}, names={"id": str(world.ask("GET", "/v1/parked").json()["parked"][0]["id"])})


def something_given_up(world: World) -> Asked:
    """The id of a dead letter."""
    world.platform.give_up("walks", {"customer": "u#ada", "enrolment": "welcome#1"})
    return Asked({}, names={"id": str(world.ask("GET", "/v1/failures").json()["failures"][0]["id"])})


def an_open_task(world: World) -> Asked:
    """One of ada's, done."""
    listed(world)
    return Asked({"outcome": "done"}, names={"task": str(world.ask("GET", "/v1/tasks").json()["tasks"][0]["id"])})


def a_task_for_ann(world: World) -> Asked:
    """One of ada's, to be hers."""
    return replace(an_open_task(world), body={"owner": "ann"})


def two_who_were_merged(world: World) -> Asked:
    """To split again."""
    assert world.ask("POST", "/v1/customers/ada/merge", {"with": "bob"}).status == 200
    world.settle()
    return Asked({"subject": "u#bob"})


def what_stands(path: str, of: str) -> Ask:
    """To put again what stands: `of` names the part of the answer that is its content."""
    return lambda world: Asked(world.ask("GET", path).json()[of], names={"name": path.rsplit("/", 1)[1]})


NEWS: Final = {"title": "News", "segment": "readers", "template": "welcome-hello", "at": "2026-12-01T09:00"}


def a_broadcast(world: World) -> Asked:
    """A draft, of which version 1 is to be scheduled."""
    assert world.ask("PUT", "/v1/broadcasts/news", NEWS).status == 200
    return Asked({"version": 1}, names={"name": "news"})


def a_scheduled_broadcast(world: World) -> Asked:
    """One that waits for its time."""
    a_broadcast(world)
    assert world.ask("POST", "/v1/broadcasts/news/schedule", {"version": 1}).status == 200
    return Asked({}, names={"name": "news"})


def a_paused_broadcast(world: World) -> Asked:
    """One that goes on."""
    a_scheduled_broadcast(world)
    assert world.ask("POST", "/v1/broadcasts/news/pause", {}).status == 200
    return Asked({"meanwhile": "send"}, names={"name": "news"})


def a_late_broadcast(world: World) -> Asked:
    """One whose time has come while nobody was there."""
    a_scheduled_broadcast(world)
    world.wait(timedelta(days=14))
    world.tick()
    world.settle()
    return Asked({}, names={"name": "news"})


FOOT: Final = {"html": "<p>{{ postal_address }}</p>"}


def a_block(world: World) -> Asked:
    """One, and to put it again."""
    assert world.ask("PUT", "/v1/blocks/foot", FOOT).status == 200
    return Asked(FOOT, names={"name": "foot"})


TEN: Final = {"title": "Ten off", "codes": {"kind": "pool"}}
LANTERN: Final = {"id": "lantern", "title": "Lantern", "price": "19.90", "currency": "EUR"}


def a_called_journey(world: World) -> Asked:
    """One whose trigger is a call, in force."""
    standing = world.ask("GET", "/v1/journeys/welcome").json()["definition"]
    called = {**standing, "name": "called", "trigger": {"on": "call"}}
    assert world.ask("PUT", "/v1/journeys/called", called).status == 200
    assert world.ask("POST", "/v1/journeys/called/publish", {"version": 1}).status == 200
    return Asked({"customer": names(world)["customer"]}, names={"name": "called"})


def a_coupon(world: World) -> Asked:
    """One with a pool, and codes for it."""
    assert world.ask("PUT", "/v1/coupons/ten", TEN).status == 200
    return Asked({"codes": ["TEN-1"]}, names={"name": "ten"})


def a_code(world: World) -> Asked:
    """One in a pool."""
    a_coupon(world)
    assert world.ask("POST", "/v1/coupons/ten/codes", {"codes": ["TEN-1"]}).status == 202
    world.settle()
    return Asked(names={"code": "TEN-1"})


def a_programme(world: World) -> Asked:
    """In which ada asks for her code."""
    assert world.ask("PUT", "/v1/referrals/friends", {"title": "Friends"}).status == 200
    return Asked({"customer": "ada"}, names={"name": "friends"})


def a_product(world: World) -> Asked:
    """One in the catalogue."""
    assert world.ask("PUT", "/v1/products", {"products": [LANTERN]}).status == 200
    return Asked(names={"product": "lantern"})


def a_source(body: object = None) -> Asked:
    """Shopify's."""
    return Asked(body, names={"name": "shopify"})


TAGGED: Final[Mapping[str, Ask | Asked]] = {
    "jobs": a_failed_job,
    "imports": a_failed_job,
    "accounts": an_account,
    "keys": a_key,
    "parked": something_parked,
    "failures": something_given_up,
    "tasks": an_open_task,
    "sources": a_source(),
    "broadcasts": a_scheduled_broadcast,
}
"""For endpoints without an entry of their own."""


def a_segment(world: World) -> Asked:
    """A list, and somebody to put on it."""
    put = world.ask("PUT", "/v1/segments/friends", {"title": "Friends", "of": "list"})
    assert put.status == 200, put.text
    return Asked({"add": ["ada"]}, names={"name": "friends"})


def an_audience(world: World) -> Asked:
    """Friends, for X; and an export of them."""
    a_segment(world)
    put = world.ask("PUT", "/v1/audiences/friends", FRIENDS)
    assert put.status == 200, put.text
    job = world.ask("POST", "/v1/audiences/friends/exports", {}).json()["id"]
    world.settle()
    return Asked(FRIENDS, names={"name": "friends", "job": job})


def an_export(world: World) -> Asked:
    """Of friends, in full."""
    return replace(an_audience(world), body={"mode": "full"})


def a_suppressed_address(world: World) -> Asked:
    """One that nobody has."""
    key = {"pk": mark("pepper", "email", "eve@example.com"), "sk": RANGE_KEY}
    world.platform.put(CUSTOMERS, key | of_list(Suppressed(world.now, "bounce")))
    return Asked({"address": "eve@example.com", "asked_by": "Eve", "why": "The mailbox works again."})


FRIENDS: Final = {"title": "Friends", "network": "x", "segments": ["friends"]}
ASKED: Final[Mapping[str, Ask | Asked]] = {
    "POST /v1/journeys/{name}/backtest": Asked({}),
    "POST /v1/journeys/{name}/forecast": Asked({}),
    "POST /v1/journeys/{name}/preview": Asked({"customer": "ada", "enter": True}),
    "GET /v1/customers": Asked(query={"stage": "new"}),
    "GET /v1/accounts": accounts_by_stage,
    "GET /v1/lookup": Asked(query={"user_id": "ada"}),
    "POST /v1/customers/{customer}/consents": Asked({"action": "subscribe", "source": "form"}),
    "POST /v1/customers/{customer}/merge": Asked({"with": "bob"}),
    "POST /v1/customers/{customer}/split": two_who_were_merged,
    "POST /v1/imports": Asked({"kind": "customers", "format": "csv", "data": "id\n1\n"}),
    "POST /v1/keys": Asked({"kind": "public", "label": "web"}),
    "DELETE /v1/sources/{name}/secret": Asked(query={"previous": ""}, names={"name": "shopify"}),
    "PUT /v1/sources/{name}": a_source({"reads": "shopify"}),
    "PUT /v1/sources/{name}/secret": a_source({"secret": "a secret"}),
    "POST /v1/sources/{name}/preview": a_source({"payload": {}}),
    "GET /v1/settings/{name}": Asked(names={"name": "currencies"}),
    "PUT /v1/settings/{name}": what_stands("/v1/settings/currencies", "setting"),
    "GET /v1/templates/{name}": Asked(names={"name": "welcome-hello"}),
    "POST /v1/templates/{name}/preview": Asked({"customer": "u#ada"}, names={"name": "welcome-hello"}),
    "POST /v1/templates/{name}/test": Asked({"to": "me@shop.example"}, names={"name": "welcome-hello"}),
    "GET /v1/blocks/{name}": a_block,
    "PUT /v1/blocks/{name}": a_block,
    "PUT /v1/templates/{name}": what_stands("/v1/templates/welcome-hello", "definition"),
    "PUT /v1/journeys/{name}": what_stands("/v1/journeys/welcome", "definition"),
    "POST /v1/journeys/{name}/publish": Asked({"version": 1}),
    "GET /v1/journeys/{name}/publication": Asked(query={"version": "1"}),
    "POST /v1/journeys/{name}/resume": Asked({"meanwhile": "send"}),
    "POST /v1/journeys/{name}/enrolments": a_called_journey,
    "GET /v1/segments/{name}": a_segment,
    "PUT /v1/segments/{name}": Asked({"title": "Friends", "of": "list"}, names={"name": "friends"}),
    "DELETE /v1/segments/{name}": a_segment,
    "GET /v1/segments/{name}/members": a_segment,
    "POST /v1/segments/{name}/members": a_segment,
    "GET /v1/segments/{name}/sizes": a_segment,
    "POST /v1/segments/preview": Asked({"rule": {"fact": "order_count", "at_least": 1}}),
    "POST /v1/tasks/{task}/owner": a_task_for_ann,
    "POST /v1/onsite": a_message_on_the_site,
    "POST /v1/suppressions/lift": a_suppressed_address,
    "POST /v1/do-not-call": Asked({"add": ["+40721234567"], "source": "register"}),
    "GET /v1/do-not-call": Asked(query={"phone": "+40721234567"}),
    "GET /v1/audiences/{name}": an_audience,
    "PUT /v1/audiences/{name}": an_audience,
    "DELETE /v1/audiences/{name}": an_audience,
    "POST /v1/audiences/{name}/exports": an_export,
    "GET /v1/audiences/{name}/exports/{job}": an_audience,
    "PUT /v1/products": Asked({"products": [LANTERN]}),
    "GET /v1/products/{product}": a_product,
    "DELETE /v1/products/{product}": a_product,
    "GET /v1/coupons/{name}": a_coupon,
    "PUT /v1/coupons/{name}": Asked(TEN, names={"name": "ten"}),
    "POST /v1/coupons/{name}/codes": a_coupon,
    "GET /v1/codes/{code}": a_code,
    "GET /v1/referrals/{name}": a_programme,
    "PUT /v1/referrals/{name}": Asked({"title": "Friends"}, names={"name": "friends"}),
    "POST /v1/referrals/{name}/codes": a_programme,
    "POST /v1/playbooks/{name}/install": Asked({}),
    "PUT /v1/broadcasts/{name}": Asked(NEWS, names={"name": "news"}),
    "POST /v1/broadcasts/{name}/schedule": a_broadcast,
    "POST /v1/broadcasts/{name}/approve": a_late_broadcast,
    "POST /v1/broadcasts/{name}/resume": a_paused_broadcast,
    "POST /v1/failures/replay": Asked({"place": "letters"}),
    "POST /v1/failures/discard": Asked({"place": "letters"}),
    "GET /v1/senders/{domain}/check": Asked(names={"domain": "shop.example"}),
    "POST /v1/sending/pause": Asked({"why": "The shop is down."}),
    "POST /v1/sending/resume": Asked({}),
}
"""By method and path."""
