"""What people did on the site, from their events to the API, to rules, to stages and to a mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib import times
from tests.fakes.world import World
from tests.flow.story import joins, says

MAIL = {
    "class": "transactional",
    "subject": "{{ facts.sessions.count }} visits, from {{ facts.acquisition.channel }}",
    "text": "{% for one in facts.interests.categories %}{{ one.name }}: {{ one.price }}. {% endfor %}"
    "{{ facts.orders.revenue }} {{ facts.orders.currency }}",
}
JOURNEY = {
    "name": "thanks",
    "title": "Thanks",
    "class": "transactional",
    "trigger": {"on": "event", "name": "Order Completed"},
    "entry": {"all": [{"fact": "acquisition_channel", "equals": "paid_search"}, {"fact": "revenue", "at_least": 40}]},
    "re_entry": "always",
    "steps": [{"id": "mail", "do": "send", "template": "thanks"}],
}


def visits(world: World, who: str) -> None:
    """A page by an advertisement, ten minutes of looking, and an order in dollars, as a gift."""
    context = {"page": {"url": "https://shop.example/shoes?gclid=1", "referrer": "https://www.google.com/"}}
    shoe = {"product_id": "s1", "category": "Shoes", "price": "50", "currency": "USD"}
    says(world, "page", who, messageId=f"{who}-page", context=context)
    world.wait(timedelta(minutes=10))
    says(world, "track", who, event="Product Viewed", messageId=f"{who}-view", properties=shoe)
    order = {"order_id": f"{who}-1", "total": "50", "currency": "USD", "gift": True, "products": [shoe]}
    says(world, "track", who, event="Order Completed", messageId=f"{who}-order", properties=order)
    world.settle()


def test_facts_go_all_the_way(world: World) -> None:
    world.ask("PUT", "/v1/settings/currencies", {"report": "EUR", "rates": {"USD": "0.9"}})
    world.ask("PUT", "/v1/settings/price_tiers", {"categories": {"shoes": {"mid": "20", "high": "40"}}})
    world.define(JOURNEY, {"thanks": MAIL})
    joins(world, "ann")
    began = world.now
    visits(world, "ann")
    found: Any = world.customer("ann")
    assert found["orders"]["revenue"] == "45.00"
    assert found["orders"]["by_currency"] == [{"currency": "USD", "count": 1, "revenue": "50.00", "converted": True}]
    assert (found["orders"]["currency"], found["orders"]["gifts"], found["orders"]["gift_share"]) == ("EUR", 1, 1)
    assert found["sessions"]["last"] == {"at": times.text(began), "seconds": 600, "pages": 1}
    assert found["sessions"]["seconds_today"] == 600
    assert found["acquisition"] == {
        "at": times.text(began),
        "channel": "paid_search",
        "source": "google",
        "campaign": None,
        "referrer": "www.google.com",
        "landing": "/shoes",
    }
    assert found["channels"] == {"paid_search": 1}
    (category,) = found["interests"]["categories"]
    assert (category["name"], category["mean_price"], category["price"]) == ("Shoes", "45.00", "high")
    (mail,) = [mail for mail in world.mails("ann@example.com") if "visits" in mail.subject]
    assert mail.subject == "1 visits, from paid_search"
    assert "Shoes: high. 45 EUR" in str(mail)


def test_a_changed_rate_moves_nobody_by_an_event_and_shows_at_once(world: World) -> None:
    joins(world, "ann")
    visits(world, "ann")
    assert world.customer("ann")["orders"]["currency"] == "USD"
    world.ask("PUT", "/v1/settings/currencies", {"report": "EUR"})
    world.wait(timedelta(seconds=31))
    orders = world.customer("ann")["orders"]
    assert (orders["revenue"], orders["currency"], orders["by_currency"][0]["converted"]) == ("0.00", "EUR", False)
    world.ask("PUT", "/v1/settings/currencies", {"report": "EUR", "rates": {"USD": "2"}})
    world.wait(timedelta(seconds=31))
    assert world.customer("ann")["orders"]["revenue"] == "100.00"
    says(world, "page", "ann", messageId="later")
    world.settle()
    assert world.customer("ann")["lifecycle"]["stage"] == "occasional"
