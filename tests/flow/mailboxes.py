"""A corner of the flow: mailboxes complain until marketing pauses, and somebody lets it go on."""

from __future__ import annotations

from datetime import timedelta

from chalicelib import times
from chalicelib.messages.health.store import KIND
from chalicelib.resources import WORK
from tests.fakes.world import World
from tests.flow.story import joins, orders


def a_gateway_follows_every_link(world: World) -> None:
    """Three links within seconds: the first looked like a person's, and is taken back."""
    joins(world, "ivo")
    orders(world, "ivo", "I-1", "10")
    world.settle()
    (mail, *_) = world.mails("ivo@example.com")
    world.wait(timedelta(minutes=5))
    for number in range(3):
        world.wait(timedelta(seconds=2))
        world.report(mail, "Click", recipient="ivo@example.com", link=f"https://shop.example/{number}")
        world.settle()
    world.wait(timedelta(minutes=1))
    world.tick()
    world.settle()


def mailboxes_complain(world: World) -> None:
    """The third complaint in a thousand mails is one too many; after the resumption it is not held against it again."""
    joins(world, "ugo")
    orders(world, "ugo", "U-1", "10")
    world.settle()
    (mail, *_) = world.mails("ugo@example.com")
    counts = {"sent": 500, "delivered": 500, "complained": 2}
    domain = mail.sender.rpartition("@")[2]
    world.platform.put(WORK, {"pk": KIND, "sk": f"{times.text(world.now)[:13]}#{domain}", "schema_v": 1, **counts})
    world.report(mail, "Complaint", recipient="ugo@example.com")
    world.settle()
    assert [pause["channel"] for pause in world.ask("GET", "/v1/sending").json()["pauses"]] == ["email"]
    shown = world.ask("GET", "/v1/senders").json()["senders"]
    checked = world.ask("GET", f"/v1/senders/{domain}/check").json()
    assert ("reputation", "bad") in [(each["check"], each["result"]) for each in checked["findings"]], checked
    assert (shown[0]["domain"], shown[0]["health"]) == (domain, "paused"), shown
    assert world.ask("POST", "/v1/sending/resume", {"channel": "email"}).status == 200
    taken = world.ask("POST", "/v1/suppressions/sync")
    assert taken.status == 202
    world.wait(timedelta(hours=2))
    world.report(mail, "Bounce", recipient="ugo@example.com", subtype="MailboxFull", type="Transient")
    world.settle()
    assert world.ask("GET", f"/v1/jobs/{taken.json()['id']}").json()["status"] == "done"
    world.report(mail, "Bounce", recipient="ugo@example.com", subtype="General")
    world.settle()
    assert world.ask("GET", "/v1/sending").json()["pauses"] == []
    asked = {"address": "ugo@example.com", "asked_by": "Ugo", "why": "The mailbox works again."}
    assert world.ask("POST", "/v1/suppressions/lift", asked).json()["code"] == "consent_needed"
    proven = {"action": "subscribe", "source": "support", "proof": {"ticket": "4711"}}
    assert world.ask("POST", "/v1/customers/ugo/consents", proven).status == 200
    world.settle()
    assert world.ask("POST", "/v1/suppressions/lift", asked).json()["customers"] == ["u#ugo"]
    world.settle()
