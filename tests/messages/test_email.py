"""The email channel: the contract of channels, and what mail asks for beyond it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from chalicelib.messages.channels import Unsendable
from chalicelib.messages.render import Rendered
from chalicelib.tracking.tags import customer_tag
from tests.fakes.mail import MemoryMail, headers, tags
from tests.messages.channel_contract import SENDER, ChannelContract


class TestEmail(ChannelContract):
    name = "email"
    address = "ada@example.com"

    def prepared(self, **changes: Any) -> Any:
        return self.channel.prepare(self.message(**changes), SENDER)

    def test_ses_takes_it(self) -> None:
        mailbox = MemoryMail()
        assert self.channel.send(self.prepared(), mailbox) == "ses-1"
        (request,) = mailbox.sent
        assert request["Destination"] == {"ToAddresses": ["ada@example.com"]}
        assert request["FromEmailAddress"] == "Shop <hello@shop.example>"
        assert request["ConfigurationSetName"] == "perennial-test"
        assert set(request["Content"]["Simple"]["Body"]) == {"Html", "Text"}

    def test_one_click_unsubscribe_by_rfc_8058(self) -> None:
        found = headers(self.prepared())
        assert found["List-Unsubscribe"] == "<https://shop.example/u/1abc>"
        assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_a_machine_wrote_it_by_rfc_3834(self) -> None:
        assert headers(self.prepared())["Auto-Submitted"] == "auto-generated"

    def test_a_receipt_offers_no_unsubscribe(self) -> None:
        found = headers(self.prepared(message_class="transactional", unsubscribe_url=None))
        assert set(found) == {"Auto-Submitted"}

    def test_the_feedback_id_is_made_by_ses_from_tags(self) -> None:
        found = tags(self.prepared())
        assert (found["ses:feedback-id-a"], found["ses:feedback-id-b"]) == ("welcome", "marketing")
        assert "Feedback-ID" not in headers(self.prepared())

    def test_tags_tie_the_events_to_the_ledger(self) -> None:
        found = tags(self.prepared(customer="u#zoë@exämple.com"))
        opened = base64.urlsafe_b64decode(found["customer"] + "=" * (-len(found["customer"]) % 4))
        assert opened.decode() == "u#zoë@exämple.com"
        assert found["send"] == self.message().send
        assert found["journey"] == "welcome"

    def test_the_longest_customer_id_that_tracking_takes_fits_a_tag(self) -> None:
        assert len(customer_tag("u#" + "x" * 190)) == 256
        with pytest.raises(Unsendable):
            self.prepared(customer="u#" + "x" * 191)

    def test_only_text_is_enough(self) -> None:
        request = self.prepared(words=Rendered("Hello", None, "Hello"))
        assert set(request["Content"]["Simple"]["Body"]) == {"Text"}

    @pytest.mark.parametrize(
        "url", ["https://shop.example/u/" + "x" * 1000, "https://shop.example/u/ä", "x\r\nBcc: e@v.il"]
    )
    def test_what_ses_would_not_take_shows_before_the_claim(self, url: str) -> None:
        with pytest.raises(Unsendable):
            self.prepared(unsubscribe_url=url)
