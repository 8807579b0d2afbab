"""A corner of the flow: a confirmation, templates that ask for all there is, and what is told to systems and people."""

from __future__ import annotations

from datetime import timedelta

from tests.fakes.world import World
from tests.flow.story import joins, orders, says


def a_subscription_is_confirmed(world: World) -> None:
    """A letter that asks for double opt-in, and a topic that nobody has defined."""
    topics = [{"name": "letter", "title": {"en": "The letter"}, "double_opt_in": True}]
    assert world.ask("PUT", "/v1/settings/consent", {"topics": topics}).status == 200
    world.wait(timedelta(seconds=31))
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
