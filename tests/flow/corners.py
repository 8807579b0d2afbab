"""What seldom happens, once each: losses, late and broken records, twins, rows that cannot be read, plans of a moment.

Together with the story it makes every call to AWS that any function ever makes: tests/test_policies.py counts on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from chalicelib import resources, times
from chalicelib.customers.shards import due_shard
from chalicelib.jobs import job as jobs
from chalicelib.jobs.job import Job
from chalicelib.operations.failure import FUNCTIONS as FUNCTIONS_OF_STREAMS
from chalicelib.resources import CUSTOMERS, ENROLMENTS, EVENTS, WORK
from tests.fakes import vendors
from tests.fakes.world import Delivery, World
from tests.flow.advertising import audiences_are_exported
from tests.flow.broadcasts import a_broadcast, a_course_for_many
from tests.flow.codes import codes_are_given_and_used
from tests.flow.crowds import segments_come_and_go
from tests.flow.homecoming import a_wrong_merge, an_identify_that_the_stream_lost, somebody_comes_home
from tests.flow.mailboxes import a_gateway_follows_every_link, mailboxes_complain
from tests.flow.pages import pages_are_opened
from tests.flow.runs import journeys_run_their_course
from tests.flow.story import RECEIPT, TEMPLATES, joins, orders, says
from tests.flow.telephones import telephones
from tests.flow.visitors import visitors_are_asked
from tests.operations.test_failures import batch

SECONDS = timedelta(seconds=1)
MINUTES = timedelta(minutes=1)
NEWS = {
    "name": "news",
    "title": "What is new",
    "class": "marketing",
    "trigger": {"on": "event", "name": "News Asked For"},
    "re_entry": "always",
    "steps": [
        {"id": "a-while", "do": "wait", "for": "PT10M"},
        {"id": "news", "do": "send", "template": "news", "within": "P2D"},
    ],
}
REMINDER = {
    "name": "reminder",
    "priority": 90,
    "title": "Your basket is kept",
    "class": "transactional",
    "trigger": {"on": "event", "name": "Basket Kept"},
    "re_entry": "always",
    "steps": [
        {"id": "a-while", "do": "wait", "for": "PT10M"},
        {"id": "kept", "do": "send", "template": "kept"},
    ],
}
NEWS_TEMPLATES = {
    "news": {
        "class": "marketing",
        "subject": "News",
        "text": "New things. {{ links.unsubscribe }} {{ postal_address }}",
    }
}
REMINDER_TEMPLATES = {"kept": {"class": "transactional", "subject": "Kept for you", "text": "Until tomorrow."}}


def visit(world: World) -> Iterator[str]:
    """Every corner."""
    world.define(RECEIPT, TEMPLATES)
    world.define(NEWS, NEWS_TEMPLATES)
    world.define(REMINDER, REMINDER_TEMPLATES)
    for corner in (
        lost_messages,
        waits_side_by_side,
        twins,
        rebuilt_at_once,
        unreadable_event,
        rebuilt_later,
        unreadable_rows,
        neighbours,
        somebody_comes_home,
        a_wrong_merge,
        an_identify_that_the_stream_lost,
        unreadable_reports,
        a_subscription_is_confirmed,
        pages_are_opened,
        templates_see_everything,
        codes_are_given_and_used,
        a_gateway_follows_every_link,
        mailboxes_complain,
        people_and_systems_are_asked,
        telephones,
        visitors_are_asked,
        audiences_are_exported,
        what_marketers_ask,
        what_operators_ask,
        segments_come_and_go,
        journeys_are_rehearsed,
        journeys_run_their_course,
        a_broadcast,
        a_course_for_many,
        what_was_given_up,
        a_night_and_its_reports,
        an_account,
        browsers_get_ready,
        a_shop_is_connected,
        jobs_of_another_version,
        an_import,
        somebody_is_exported_and_erased,
        browsing_is_forgotten,
        the_models_are_fitted_anew,
        a_threshold_moves_people,
    ):
        corner(world)
        world.settle()
        yield corner.__name__


def journeys_are_rehearsed(world: World) -> None:
    """A backtest, a forecast, and one customer's way through a journey."""
    for what in ("backtest", "forecast"):
        job = world.ask("POST", f"/v1/journeys/news/{what}", {"sample": 10}).json()["id"]
        world.settle()
        assert world.ask("GET", f"/v1/jobs/{job}").json()["status"] == "done"
    walked = world.ask("POST", "/v1/journeys/news/preview", {"customer": "eve", "enter": True})
    assert walked.json()["happenings"], walked.text


def lost_messages(world: World) -> None:
    """Receipts and news are planned half a minute apart, and no queue ever brings them."""
    joins(world, "eve")
    orders(world, "eve", "E-1", "10")
    _drain(world)
    world.wait(30 * SECONDS)
    orders(world, "eve", "E-2", "10")
    _drain(world)
    world.lose_messages()
    assert world.mails("eve@example.com") == []
    world.pass_through(world.now + 90 * SECONDS)
    world.wait(30 * SECONDS)
    world.settle()
    assert [mail.subject for mail in world.mails("eve@example.com")] == ["Your order E-1", "Your order E-2"]


def waits_side_by_side(world: World) -> None:
    """Two waits of one customer end half a minute apart; what they decide to send is lost on its way, too."""
    for number in ("1", "2"):
        says(world, "track", "eve", event="News Asked For", messageId=f"news-{number}")
        says(world, "track", "eve", event="Basket Kept", messageId=f"basket-{number}")
        world.settle()
        world.wait(30 * SECONDS)
    world.wait(8 * MINUTES + 30 * SECONDS)
    world.tick()
    for _ in range(2):
        world.wait(30 * SECONDS)
        _drain(world, workers=("walk_due",))
    world.lose_messages()
    world.pass_through(world.now + 90 * SECONDS)
    world.wait(30 * SECONDS)
    world.settle()
    subjects = [mail.subject for mail in world.mails("eve@example.com")][2:]
    assert sorted(subjects) == ["Kept for you", "Kept for you", "News"], "marketing: one a day"


def twins(world: World) -> None:
    """A client sends an event again under another time."""
    for _ in range(2):
        world.wait(MINUTES)
        says(world, "track", "fay", event="Article Read", messageId="fay-1")
        world.settle()
    assert len(_events(world, "fay")) == 1


def rebuilt_at_once(world: World) -> None:
    """An order arrives that lies among those which are only kept as a sum."""
    for number in range(14):
        orders(world, "gus", f"G-{number:02}", "1")
        world.wait(MINUTES)
    world.settle()
    at = times.text(world.now - 13 * MINUTES - 30 * SECONDS)
    properties = {"order_id": "G-old", "total": "1", "currency": "GBP"}
    says(world, "track", "gus", event="Order Completed", messageId="gus-old", properties=properties, timestamp=at)
    world.settle()
    assert world.customer("gus")["orders"]["count"] == 15


def unreadable_event(world: World) -> None:
    """A stored event cannot be read by this code: it is parked, and its customer rebuilt without it."""
    says(world, "track", "hal", event="Article Read", messageId="hal-1")
    (item,) = _events(world, "hal")
    world.platform.put(EVENTS, {**item, "sk": f"{item['sk']}-broken", "body": b"not zlib"})
    world.settle()
    world.tick()
    world.settle()
    assert [row for row in world.items(CUSTOMERS) if row["pk"] == "u#hal" and "rebuild" in row] == []


def rebuilt_later(world: World) -> None:
    """A twin's record was lost, and a record comes so late that nobody can tell whether it was counted."""
    says(world, "track", "ida", event="Article Read", messageId="ida-1")
    world.settle()
    late = [delivery for delivery in world.delivered if delivery.function == "project_events"][-1]
    world.wait(MINUTES)
    says(world, "track", "ida", event="Article Read", messageId="ida-1")
    world.lose_records(EVENTS)
    world.wait(26 * timedelta(hours=1))
    says(world, "track", "ida", event="Article Read", messageId="ida-2")
    world.settle()
    world.redeliver([late])
    assert len(_events(world, "ida")) == 3
    world.tick()
    world.settle()
    assert len(_events(world, "ida")) == 2


def unreadable_rows(world: World) -> None:
    """A customer and an enrolment that this code cannot read come due: they are set aside, and hold up nobody."""
    due: dict[str, Any] = {"due_at": times.text(world.now), "due_shard": due_shard("u#jon"), "schema_v": 1}
    world.platform.put(CUSTOMERS, {"pk": "u#jon", "sk": "state", "v": 1, "facts": "{", **due})
    world.platform.put(ENROLMENTS, {"pk": "u#jon", "sk": "news#1", "v": 1, "status": "active", **due})
    world.lose_records(CUSTOMERS)
    world.tick()
    world.settle()
    for table in (CUSTOMERS, ENROLMENTS):
        assert [row["due_at"] > due["due_at"] for row in world.items(table) if row["pk"] == "u#jon"] == [True]


def neighbours(world: World) -> None:
    """Two customers of one shard come due half a minute apart: the worker calls itself back for the second."""
    first, second = _of_one_shard()
    for user in (first, second):
        orders(world, user, user, "5")
        world.settle()
        world.wait(30 * SECONDS)
    due = times.parse(world.customer(first)["lifecycle"]["next_change"]["at"])
    world.pass_through(due)
    assert [world.customer(user)["lifecycle"]["cause"] for user in (first, second)] == ["time", "first"]
    world.wait(30 * SECONDS)
    world.settle()
    assert [world.customer(user)["lifecycle"]["cause"] for user in (first, second)] == ["time", "time"]


def unreadable_reports(world: World) -> None:
    """SES greets its topic, reports something that no dialect knows, and something that is no report at all."""
    parked = len(world.parked())
    world.report_anything("Successfully validated SNS topic for Amazon SES event publishing.\n")
    world.settle()
    assert len(world.parked()) == parked
    world.report_anything(json.dumps({"mail": {"messageId": 7}, "eventType": "Delivery"}))
    world.report_anything("What is this?")
    world.settle()
    assert len(world.parked()) == parked + 2


def a_subscription_is_confirmed(world: World) -> None:
    """A letter that asks for double opt-in, and a topic that nobody has defined."""
    topics = [{"name": "letter", "title": {"en": "The letter"}, "double_opt_in": True}]
    assert world.ask("PUT", "/v1/settings/consent", {"topics": topics}).status == 200
    world.wait(31 * SECONDS)
    joins(world, "zoe")
    for topic in ("letter", "invented"):
        said = {"action": "subscribe", "source": "form", "topic": topic}
        assert world.ask("POST", "/v1/customers/zoe/consents", said).status == 200
    world.settle()
    mail = world.mails("zoe@example.com")[-1]
    assert mail.subject == "Please confirm your subscription"
    path = str(mail.text).partition("https://shop.example/api")[2].split()[0]
    for method in ("GET", "POST"):
        assert world.http.request(method, path).status == 200
    world.settle()
    assert world.ask("GET", "/v1/customers/zoe/consents").status == 200
    assert len(world.ask("GET", "/v1/topics").json()["unknown"]) == 1


def templates_see_everything(world: World) -> None:
    """A block, templates of both classes that ask for all there is, a preview as somebody, and a test."""
    everything = (
        "{{ cart.items[0].title }} {{ lifecycle.since }} {{ account.id }} {{ products.size }} {{ coupon.code }}"
    )
    foot = {"html": "<p>{{ links.unsubscribe }} {{ postal_address }}</p>"}
    assert world.ask("PUT", "/v1/blocks/foot", foot).status == 200
    assert world.ask("PUT", "/v1/products", {"products": [{"id": "shirt", "title": "Linen shirt"}]}).status == 200
    for message_class in ("marketing", "transactional"):
        name = f"all-{message_class}"
        letter = {"class": message_class, "subject": name, "html": f"<p>{everything}</p>{{% block 'foot' %}}"}
        trigger = {"on": "event", "name": "Letter Asked For"}
        steps = [{"id": "letter", "do": "send", "template": name}]
        journey = {"name": name, "title": name, "class": message_class, "trigger": trigger, "steps": steps}
        world.define(journey, {name: letter})
    joins(world, "uma")
    added = {"product_id": "shirt", "price": 20, "currency": "GBP"}
    orders(world, "uma", "U-1", "10")
    world.settle()
    world.wait(25 * timedelta(hours=1))  # the welcome was one a day
    says(world, "track", "uma", event="Product Added", messageId="uma-cart", properties=added)
    world.settle()
    says(world, "track", "uma", event="Letter Asked For", messageId="uma-letter")
    world.settle()
    letters = [mail for mail in world.mails("uma@example.com") if mail.subject.startswith("all-")]
    assert sorted(mail.subject for mail in letters) == ["all-marketing", "all-transactional"]
    assert all("Linen shirt" in str(mail.html) for mail in letters)
    longer = {"html": f"<hr>{foot['html']}"}
    remade = world.ask("PUT", "/v1/blocks/foot", longer)
    assert remade.json()["remade"] == ["all-marketing", "all-transactional"], remade.text
    as_uma = {"customer": "u#uma"}
    assert "Linen shirt" in world.ask("POST", "/v1/templates/all-marketing/preview", as_uma).json()["html"]
    assert world.ask("POST", "/v1/templates/all-marketing/test", as_uma | {"to": "eve@example.com"}).status == 200
    world.settle()
    assert world.mails("eve@example.com")[-1].subject == "[Test] all-marketing"


def people_and_systems_are_asked(world: World) -> None:
    """A webhook and a task, of both classes, and what came of the tasks; a split that looks for a winner."""
    ways = [{"name": name, "share": 1} for name in ("a", "b")]
    for message_class in ("marketing", "transactional"):
        name = f"ask-{message_class}"
        steps = [
            {"id": "tell", "do": "webhook", "url": "https://crm.example.com/hooks"},
            {"id": "lot", "do": "split", "winner": {}, "ways": ways},
            {"id": "soon", "do": "wait", "for": "PT5M"},
            {"id": "call", "do": "task", "title": "Call {{ customer.first_name }}", "channel": "other"},
        ]
        trigger = {"on": "event", "name": "Call Asked For"}
        journey = {"name": name, "title": name, "class": message_class, "trigger": trigger, "steps": steps}
        world.define(journey, {})
    world.wait(timedelta(minutes=1))  # every container knows by then
    joins(world, "una")
    says(world, "track", "una", event="Call Asked For", messageId="una-call")
    world.settle()
    assert len(world.platform.http.calls) == 2
    world.pass_through(world.now + timedelta(minutes=6))
    assert len(world.ask("GET", "/v1/tasks").json()["tasks"]) == 2
    for one in world.ask("GET", "/v1/tasks").json()["tasks"]:
        assert world.ask("POST", f"/v1/tasks/{one['id']}", {"outcome": "done"}).status == 200
    assert world.ask("GET", "/v1/webhooks/secret").status == 200


def somebody_is_exported_and_erased(world: World) -> None:
    """A visitor becomes somebody with an order, has all of it sent, and asks to be forgotten; a parked call as well,
    and what was given up of him and of somebody else."""
    says(world, "page", "", anonymousId="ned-device", messageId="ned-page", name="Home")
    joins(world, "ned")
    says(world, "identify", "ned", anonymousId="ned-device", messageId="ned-identify-2")
    says(world, "identify", "max", anonymousId="ned-device", messageId="max-identify")
    orders(world, "ned", "N-1", "10")
    assert world.post("/v1/batch", {"batch": [{"type": "nothing", "userId": "ned"}, 7]}).status == 200
    world.settle()
    assert world.ask("GET", "/v1/customers/ned/export").status == 200
    job = world.containers["api"].privacy.start_for("export", "u#ned", "a shop")
    world.settle()
    answer = world.ask("GET", "/v1/customers/ned/export", job=job.id).json()
    assert answer["job"]["status"] == "done"
    assert len(answer["files"]) == 1
    outboxes = [_of(delivery, "u#ned") for delivery in world.delivered if delivery.function == "start_journeys"]
    for who in ("u#ned", "u#max"):
        world.platform.give_up(resources.WALKS, {"customer": who, "enrolment": "news#1"})
    for number, subjects in enumerate((("u#ned", "u#max"), ("u#ned",))):
        records = [{"dynamodb": {"Keys": {"pk": {"S": subject}}}} for subject in subjects]
        held = batch(payload=json.dumps({"Records": records}))
        world.platform.give_up_batch(f"aws/lambda/of-ned-{number}", json.loads(held))
    assert world.ask("DELETE", "/v1/customers/ned").status == 202
    world.settle()
    assert world.ask("GET", "/v1/customers/ned").status == 404
    for place in ("letters", "batches"):
        (one,) = world.ask("GET", "/v1/failures", place=place).json()["failures"]
        assert (one["count"], world.ask("POST", f"/v1/failures/{one['id']}/discard", {}).status) == (1, 200)
    world.redeliver(outboxes)
    assert not [item for item in world.items(CUSTOMERS) if item["pk"] == "u#ned"]


def browsing_is_forgotten(world: World) -> None:
    """The workspace keeps what people look at for ninety days."""
    assert world.ask("PUT", "/v1/settings/retention", {"events": 90}).status == 200
    world.wait(31 * SECONDS)
    for number in range(3):
        says(world, "page", "liv", messageId=f"liv-{number}", name="Home")
    orders(world, "liv", "L-1", "10")
    world.settle()
    world.wait(91 * timedelta(days=1))
    world.tick()
    world.settle()
    assert [item["name"] for item in _events(world, "liv") if item["name"] != "Stage Changed"] == ["Order Completed"]
    assert world.customer("liv")["sessions"]["pages"] == 3


def what_marketers_ask(world: World) -> None:
    """Every question and every change of the API that the story had no use for."""
    for path in ("/v1/customers?stage=occasional", "/v1/reports/lifecycle", "/v1/journeys", "/v1/templates"):
        assert world.ask("GET", path).status == 200
    for path in ("/v1/journeys/news", "/v1/templates/news?version=1"):
        assert world.ask("GET", path).status == 200
    assert world.ask("POST", "/v1/journeys/news/pause").status == 200
    assert world.post("/v1/batch", {"batch": ["what is this", "and this"]}).status == 200


def a_night_and_its_reports(world: World) -> None:
    """Figures about everybody: what a census looks at, and what stands counted."""
    world.night()
    for report in ("stages", "transitions", "rates", "risk", "cohorts", "forecast", "frames"):
        assert world.ask("GET", f"/v1/reports/{report}").status == 200
        assert world.ask("GET", f"/v1/reports/{report}", format="csv").status == 200


def what_operators_ask(world: World) -> None:
    """Keys, parked calls, and what happens."""
    made = world.ask("POST", "/v1/keys", {"kind": "public", "label": "web", "rate": 100}).json()["details"]["id"]
    asked: list[tuple[str, str, object]] = [
        ("GET", "/v1/keys", None),
        ("PATCH", f"/v1/keys/{made}", {"label": "site"}),
        ("POST", f"/v1/keys/{made}/rotate", {}),
        ("DELETE", f"/v1/keys/{made}", None),
        ("POST", "/v1/parked/replay", {}),
        ("GET", "/v1/sources/activity", None),
        ("GET", "/v1/events?after=oldest", None),
        ("GET", "/v1/events?customer=ada", None),
    ]
    for method, path, body in asked:
        answer = world.ask(method, path, body)
        assert answer.status == 200, answer.text
    cursor = world.ask("GET", "/v1/events?after=oldest&limit=1").json()["cursor"]
    assert world.ask("GET", "/v1/events", after=cursor).status == 200
    assert world.ask("GET", "/v1/events", after=world.ask("GET", "/v1/events").json()["cursor"]).status == 200
    for one in world.ask("GET", "/v1/parked").json()["parked"][:2]:
        assert world.ask("GET", f"/v1/parked/{one['id']}").status == 200
        assert world.ask("DELETE", f"/v1/parked/{one['id']}").status == 200
    assert world.ask("POST", "/v1/parked/discard", {"reason": "too_long"}).status == 200


def what_was_given_up(world: World) -> None:
    """A letter of every queue, a batch of every function of a stream; all marketing paused; what the doctor says."""
    until = times.text(world.now)
    for queue in resources.QUEUES:
        world.platform.give_up(queue, {"shard": "00", "until": until, "of": queue})
    for function in FUNCTIONS_OF_STREAMS:
        world.platform.give_up_batch(f"aws/lambda/{function}", json.loads(batch(function.replace("_", "-"))))
    assert world.ask("POST", "/v1/sending/pause", {"why": "a fire"}).status == 200
    joins(world, "wes")
    says(world, "track", "wes", event="Letter Asked For", messageId="wes-letter")
    world.settle()
    assert world.ask("GET", "/v1/doctor").json()["state"] == "bad"
    resumed = world.ask("POST", "/v1/sending/resume", {}).json()
    world.settle()
    assert world.ask("GET", f"/v1/jobs/{resumed['job']}").json()["counts"]["woken"] == 1
    assert len(world.ask("GET", "/v1/failures", limit=200).json()["failures"]) >= 10
    for place, count in (("letters", 6), ("batches", 4)):
        assert world.ask("POST", "/v1/failures/replay", {"place": place}).json()["done"] == count
    assert world.ask("GET", "/v1/failures", place="letters").json()["failures"] == []


def an_account(world: World) -> None:
    """The shop's server puts two people into an account, which is folded a minute later, and again with an order."""
    for who in ("nia", "oto"):
        world.ask(
            "POST", "/v1/group", {"userId": who, "messageId": f"group-{who}", "groupId": "acme", "traits": {"a": 1}}
        )
    world.settle()
    world.pass_through(world.now + 2 * MINUTES)
    orders(world, "nia", "N-1", "9.00")
    world.settle()
    world.pass_through(world.now + 2 * MINUTES)
    for path in ("", "?stage=occasional", "/acme", "/acme/members"):
        status = world.ask("GET", f"/v1/accounts{path}").status
        assert status == (200 if path else 400)
    assert world.ask("GET", "/v1/reports/accounts").json()["accounts"] == 1


def a_shop_is_connected(world: World) -> None:
    """A shop's webhooks: an order of a visitor becomes a known person's, and a refund finds its way to her."""
    secret = vendors.SECRETS["shopify"]
    assert world.ask("PUT", "/v1/sources/outlet", {"reads": "shopify"}).status == 200
    assert world.ask("PUT", "/v1/sources/outlet/secret", {"secret": secret}).status == 200
    guest = {"id": 71, "line_items": [], "total_price": "9.00", "currency": "EUR", "email": "mia@example.com"}
    refund = {"id": 72, "order_id": 71, "transactions": [{"kind": "refund", "status": "success", "amount": "4.00"}]}
    for topic, body in (
        ("orders/create", {**guest, "created_at": times.text(world.now)}),
        ("orders/updated", {**guest, "created_at": times.text(world.now), "customer": {"id": 7}}),
        ("refunds/create", {**refund, "created_at": times.text(world.now)}),
    ):
        assert vendors.signed("shopify", topic, body, world.now).to(world, "outlet").status == 200
    world.settle()
    orders = world.customer("7")["orders"]
    assert (orders["count"], orders["revenue"]) == (1, "5.00")


def jobs_of_another_version(world: World) -> None:
    """A job of a kind that this version does not know fails, is taken up again, and is cancelled."""
    job = Job.new("of-tomorrow", {}, "marketing", world.now)
    world.platform.put(WORK, jobs.to_item(job))
    world.settle()
    listed = {one["id"]: one["status"] for one in world.ask("GET", "/v1/jobs", limit=200).json()["jobs"]}
    assert listed[job.id] == "failed"
    assert world.ask("POST", f"/v1/jobs/{job.id}/resume").json()["status"] == "queued"
    assert world.ask("POST", f"/v1/jobs/{job.id}/cancel").json()["cancelling"]
    world.settle()
    assert world.ask("GET", f"/v1/jobs/{job.id}").json()["status"] == "cancelled"


def an_import(world: World) -> None:
    """A file is brought inline, with a row that names nobody; another one is to be uploaded."""
    data = "id,email,created_at\nlea,lea@example.com,2024-01-02\n,,2024-01-02\n"
    job = world.ask("POST", "/v1/imports", {"kind": "customers", "format": "csv", "data": data}).json()["id"]
    world.settle()
    assert world.ask("GET", f"/v1/jobs/{job}").json()["counts"]["refused"] == 1
    assert world.ask("GET", f"/v1/imports/{job}/report").status == 200
    assert world.ask("POST", "/v1/imports/uploads").status == 200
    world.ask("POST", "/v1/imports", {"kind": "customers", "format": "csv", "data": data})


def _drain(world: World, workers: tuple[str, ...] = ()) -> None:
    while world.drain_streams() or (workers and world.drain_queues(workers)):
        pass


def _events(world: World, user: str) -> list[dict[str, Any]]:
    return [item for item in world.items(EVENTS) if item["pk"] == f"u#{user}"]


def _of(delivery: Delivery, pk: str) -> Delivery:
    """The same, with nothing but what is about one customer."""
    records = [each for each in delivery.event["Records"] if each["dynamodb"]["NewImage"]["pk"] == {"S": pk}]
    return Delivery(delivery.function, {"Records": records})


def _of_one_shard() -> tuple[str, str]:
    first = "kim"
    names = (f"lee-{number}" for number in range(10_000))
    return first, next(name for name in names if due_shard(f"u#{name}") == due_shard(f"u#{first}"))


def browsers_get_ready(world: World) -> None:
    """The settings of an SDK say where this deployment is."""
    assert world.http.request("GET", f"/v1/projects/{world.write_key}/settings").status == 200


def the_models_are_fitted_anew(world: World) -> None:
    """Too few people for a fit of their own: it is kept, and refused."""
    world.week()
    world.settle()
    (fit,) = world.ask("GET", "/v1/lifecycle/fits").json()["fits"]
    assert [reason["objection"] for reason in fit["reasons"]] == ["too_few"]
    asked = world.ask("POST", "/v1/lifecycle/refit").json()
    world.settle()
    assert world.ask("GET", f"/v1/jobs/{asked['id']}").json()["status"] == "done"
    assert world.ask("GET", "/v1/lifecycle/parameters", version=2).json()["in_force"] is False


def a_threshold_moves_people(world: World) -> None:
    """Everybody is judged by it; whose facts are of another fold is left to the worker of the due index."""
    orders(world, "ula", "U-1", "10")
    orders(world, "una", "U-2", "10")
    world.settle()
    world.wait(timedelta(days=10))
    una = next(one for one in world.items(CUSTOMERS) if (one["pk"], one["sk"]) == ("u#una", "state"))
    world.platform.put(CUSTOMERS, una | {"fold_v": 1})
    put = world.ask("PUT", "/v1/settings/lifecycle", {"thresholds": {"once_occasional_days": 5}})
    world.settle()
    job = world.ask("GET", f"/v1/jobs/{put.json()['rescore']}").json()
    assert (job["status"], job["counts"]["to_rebuild"]) == ("done", 1), job
    assert world.customer("ula")["lifecycle"]["cause"] == "settings"
