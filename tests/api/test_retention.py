"""How long things are kept, as the workspace says it."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.resources import EVENTS, SENDS
from tests.fakes.world import World
from tests.flow.story import joins


def test_the_ledger_and_the_reports_bear_their_date(shop: World) -> None:
    (mail,) = shop.mails("bob@example.com")
    shop.report(mail, "Delivery")
    shop.report(mail, "Click", link="https://shop.example")
    shop.settle()
    rows = shop.items(SENDS)
    assert rows
    assert {int(row["expires"]) for row in rows} == {int((shop.now + timedelta(days=800)).timestamp())}
    assert {row["status"] for row in rows} == {"sent"}
    dated = {item["name"] for item in shop.items(EVENTS) if "expires" in item}
    assert dated == {"Email Delivered"}


def test_the_workspace_may_keep_them_for_good(shop: World) -> None:
    body = {"messages": None, "mail_reports": None}
    assert shop.ask("PUT", "/v1/settings/retention", body).status == 200
    shop.wait(timedelta(seconds=31))
    joins(shop, "eva")
    shop.settle()
    (row,) = [item for item in shop.items(SENDS) if item["pk"] == "u#eva"]
    assert "expires" not in row
