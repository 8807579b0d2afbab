"""Senders over HTTP: how mailboxes take what they send, and what a domain lacks."""

from __future__ import annotations

import pytest

from tests.fakes.platforms import Fakes
from tests.fakes.world import World
from tests.flow.story import joins


def test_a_deployment_that_has_sent_nothing_shows_its_own_domain(world: World) -> None:
    (sender,) = world.ask("GET", "/v1/senders").json()["senders"]
    assert (sender["domain"], sender["health"], sender["paused"], sender["days"]) == (
        "shop.example",
        "too_few",
        None,
        [],
    )
    assert (sender["judged"]["bounce_rate"], sender["judged"]["counts"]) == (None, {})


def test_what_became_of_mails_by_day_and_by_mailbox(world: World) -> None:
    world.publish("welcome")
    joins(world, "ada")
    world.settle()
    (mail,) = world.mails("ada@example.com")
    for kind in ("Send", "Delivery", "Delivery", "Complaint"):
        world.report(mail, kind, recipient="ada@example.com")
    world.settle()
    (sender,) = world.ask("GET", "/v1/senders", days="1").json()["senders"]
    (day,) = sender["days"]
    assert day["counts"] == {"sent": 1, "delivered": 1, "complained": 1}
    assert (day["complaint_rate"], day["bounce_rate"], sender["health"]) == (1.0, 0.0, "too_few")
    assert sender["by_provider"]["other"]["counts"] == day["counts"]


def test_a_check_says_what_to_do_with_the_records_to_publish(world: World) -> None:
    assert isinstance(world.platform, Fakes)
    world.platform.mail_account.identities["shop.example"] = {
        "VerifiedForSendingStatus": False,
        "DkimAttributes": {"Status": "PENDING", "Tokens": ["aaa"]},
    }
    answer = world.ask("GET", "/v1/senders/Shop.example/check").json()
    assert (answer["domain"], answer["ready"]) == ("shop.example", False)
    by_check = {each["check"]: each for each in answer["findings"]}
    assert by_check["dkim"]["records"] == [
        {"name": "aaa._domainkey.shop.example", "type": "CNAME", "value": "aaa.dkim.amazonses.com"}
    ]
    assert by_check["one_click"]["result"] == "good"
    assert by_check["postal_address"]["result"] == "good"
    assert [each["day"] for each in answer["warm_up"][:2]] == [1, 2]


@pytest.mark.parametrize(
    "domain", ["localhost", "-a.example", "a..example", "ada@shop.example", "169.254.169.254", "ü.de"]
)
def test_what_is_no_domain_is_not_asked_for(world: World, domain: str) -> None:
    answer = world.ask("GET", f"/v1/senders/{domain}/check")
    assert (answer.status, answer.json()["code"]) == (400, "invalid_domain")
