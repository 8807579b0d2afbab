"""The channel sms: the contract of channels, what a message may cost, and who gets one."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import times
from chalicelib.customers.facts import Consent, Facts
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.errors import Held, Transient, Unanswered
from chalicelib.journeys.send import Send, Status
from chalicelib.journeys.store import TemplateStore
from chalicelib.messages import channels, ledger
from chalicelib.messages.channels import Sender, Unsendable
from chalicelib.messages.compiling import made
from chalicelib.messages.permission import Policy
from chalicelib.messages.render import Rendered
from chalicelib.messages.texting import Texting, TextTerms
from chalicelib.tracking.tags import customer_tag
from tests.fakes.texts import MemoryTexts, refuse_what_aws_refuses
from tests.messages.channel_contract import ChannelContract, message
from tests.messages.samples import DAY, NOW, send, template
from tests.messages.world import World

NUMBER = "+40721000000"
HELLO = Rendered("", None, "Hello Ada. Reply STOP")
SENDER = Sender("Shop <hello@shop.example>", "mails", TextTerms(Texting(prices={"+40": 0.07, "+4072": 0.08}), "texts"))


def terms(**setting: Any) -> Sender:
    return Sender("Shop <hello@shop.example>", "mails", TextTerms(Texting(**setting)))


class TestSms(ChannelContract):
    name = "sms"
    address = NUMBER
    sender = SENDER

    def message(self, **changes: Any) -> channels.Message:
        return message(changes.pop("address", self.address), **{"words": HELLO, **changes})

    def prepared(self, text: str = "Hello", sender: Sender = SENDER, **changes: Any) -> Any:
        return self.channel.prepare(self.message(words=Rendered("", None, text), **changes), sender)

    def test_aws_takes_it(self) -> None:
        call = self.prepared("Hello Ada")["text"]
        refuse_what_aws_refuses(call)
        assert (call["DestinationPhoneNumber"], call["MessageBody"]) == (NUMBER, "Hello Ada")
        assert (call["MessageType"], call["MaxPrice"]) == ("PROMOTIONAL", "0.50000")
        assert call["ConfigurationSetName"] == "texts"

    def test_its_context_ties_the_reports_to_the_ledger(self) -> None:
        row, context = send(), self.prepared(template="hello", step="hello")["text"]["Context"]
        assert context == {
            "customer": customer_tag("u#ada"),
            "send": row.id,
            "journey": "welcome",
            "template": "hello",
            "step": "hello",
        }
        assert "step" not in self.prepared()["text"]["Context"]

    def test_the_number_is_told_in_one_form(self) -> None:
        assert self.prepared(address="+40 (721) 000-000")["text"]["DestinationPhoneNumber"] == NUMBER
        with pytest.raises(Unsendable) as refused:
            self.prepared(address="0721 000 000")
        assert refused.value.reason == "invalid_address"

    def test_what_it_costs_is_known_before_it_leaves(self) -> None:
        found = self.prepared("ș" * 71)
        assert (found["encoding"], found["segments"], found["cost"]) == ("UCS-2", 2, 0.16)  # the longest beginning
        assert "cost" not in self.prepared(address="+390612345678")

    @pytest.mark.parametrize(
        ("text", "setting", "reason"),
        [
            ("a" * 613, {}, "too_long"),
            ("a" * 612, {}, None),
            ("a" * 200, {"prices": {"+40": 0.07}, "max_price": 0.1}, "too_expensive"),
            ("a" * 160, {"prices": {"+40": 0.07}, "max_price": 0.1}, None),
            ("a", {"prices": {"+39": 0.07}, "listed_only": True}, "price_unknown"),
            ("a", {"prices": {"+40": 0.07}, "listed_only": True}, None),
        ],
    )
    def test_what_the_workspace_does_not_pay(self, text: str, setting: dict[str, Any], reason: str | None) -> None:
        if reason is None:
            assert self.prepared(text, terms(**setting))
            return
        with pytest.raises(Unsendable) as refused:
            self.prepared(text, terms(**setting))
        assert refused.value.reason == reason

    def test_typographic_marks_are_not_paid_for_unless_they_are_wanted(self) -> None:
        assert self.prepared("It’s “here”")["encoding"] == "GSM-7"
        assert self.prepared("It’s", terms(simplify=False))["encoding"] == "UCS-2"


SMS = made(template(name="text", sms={"text": "Hello {{ customer.first_name }}. Reply STOP to leave."}), {})


def text(**changes: Any) -> Send:
    return send(**{"channel": "sms", "template": "text", **changes})


def world(said: bool | None = True, policy: Policy | None = None, **traits: Any) -> tuple[World, MemoryTexts]:
    """Ada, who has said this about text messages."""
    at = World(policy=policy or Policy())
    texts = MemoryTexts()
    object.__setattr__(at.dispatcher, "gateways", {**at.dispatcher.gateways, "sms": texts})
    object.__setattr__(at.dispatcher, "terms", {"sms": lambda: TextTerms(Texting(prices={"+40": 0.07}))})
    at.customer(**{"phone": "+40 721 000 000", **traits})
    consent = {} if said is None else {"sms": Consent(said, NOW - DAY, "m")}
    CustomerStore(at.db).save(State("u#ada", v=2, stage="lead", facts=Facts(consent=consent)), permission_changed=True)
    TemplateStore(at.db).put("text", "text", SMS.stored(), NOW, in_force=True)
    return at, texts


def test_one_row_is_one_text_message_and_the_row_says_what_it_came_to() -> None:
    at, texts = world()
    row = at.plan(text())
    assert at.dispatch(row) == Status.SENT
    assert [each["text"]["MessageBody"] for each in texts.sent] == ["Hello Ada. Reply STOP to leave."]
    assert at.row(row).said == {"segments": 1, "encoding": "GSM-7", "cost": 0.07}
    assert at.dispatch(row) == "over"


@pytest.mark.parametrize(
    ("said", "traits", "reason"),
    [
        (False, {}, "unsubscribed"),
        (True, {"phone": None}, "no_address"),
        (True, {"phone": "call me"}, "invalid_address"),
    ],
)
def test_who_gets_none(said: bool, traits: dict[str, Any], reason: str) -> None:
    at, texts = world(said, **traits)
    row = at.plan(text())
    assert (at.dispatch(row), at.row(row).reason) == (Status.SKIPPED, reason)
    assert texts.sent == []


def test_outside_production_numbers_are_listed_as_addresses_are() -> None:
    at, _ = world(policy=Policy(only_to=("+4072*",)), phone="+40721000000")
    assert at.dispatch(at.plan(text())) == Status.SENT
    at, _ = world(policy=Policy(only_to=("*@shop.example",)), phone="+40721000000")
    assert at.dispatch(at.plan(text())) == Status.SKIPPED


def test_what_costs_too_much_says_so_in_the_ledger() -> None:
    at, _ = world()
    object.__setattr__(at.dispatcher, "terms", {"sms": lambda: TextTerms(Texting(listed_only=True))})
    row = at.plan(text())
    assert (at.dispatch(row), at.row(row).reason) == (Status.SKIPPED, "price_unknown")


def test_the_provider_is_told_until_when_it_is_worth_delivering() -> None:
    at, texts = world()
    row = at.plan(text())
    at.dispatch(row)
    assert texts.sent[0]["until"] == times.text(row.deadline)


def test_a_template_that_says_nothing_by_sms_is_a_reason() -> None:
    at, _ = world()
    row = at.plan(text(template="hello"))
    assert (at.dispatch(row), at.row(row).reason) == (Status.SKIPPED, "template_of_another_channel")


@pytest.mark.parametrize(
    ("ending", "status", "reason"),
    [
        (Transient("throttled"), Status.RETRY, "throttled"),
        (Held("sms_sandbox"), Status.HELD, "sms_sandbox"),
        (Unanswered("?"), Status.UNKNOWN, "unanswered"),
    ],
)
def test_how_a_call_ends(ending: Exception, status: Status, reason: str) -> None:
    at, texts = world()
    texts.next = [ending]
    row = at.plan(text())
    assert (at.dispatch(row), at.row(row).reason) == (status, reason)


def test_whatever_holds_a_text_message_comes_with_advice() -> None:
    from chalicelib.aws import texts

    assert {*texts._HELD.values(), texts.NOT_SET_UP, "sms_sender_missing"} <= set(ledger.ADVICE)
