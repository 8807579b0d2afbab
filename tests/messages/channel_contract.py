"""What every channel must do. A new channel's test inherits this and says how to make its message and its gateway."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from chalicelib import plugins
from chalicelib.errors import Held, Permanent, Transient, Unanswered
from chalicelib.messages import channels
from chalicelib.messages.channels import Channel, Message, Sender, Unsendable
from chalicelib.messages.render import Rendered
from tests.messages.samples import send

SENDER = Sender("Shop <hello@shop.example>", "perennial-test")


def message(address: str, **changes: Any) -> Message:
    """A rendered marketing message to somebody."""
    row, words = send(), Rendered("Hello", "<p>Hello Ada</p>", "Hello Ada")
    url = "https://shop.example/u/1abc"
    made = Message(row.customer, row.id, row.journey, "marketing", address, words, url)
    return replace(made, **changes)


class Recorder:
    """A gateway that records what it was asked and ends as told."""

    def __init__(self, ending: Exception | str) -> None:
        self.ending = ending
        self.asked: list[Mapping[str, Any]] = []

    def send(self, request: Mapping[str, Any]) -> str:
        self.asked.append(request)
        if isinstance(self.ending, Exception):
            raise self.ending
        return self.ending


class ChannelContract:
    """`name`: the plugin's; `address`: one that it can reach; `sender`: with the terms that the channel asks for."""

    name: ClassVar[str]
    address: ClassVar[str]
    sender: ClassVar[Sender] = SENDER

    @property
    def channel(self) -> Channel:
        return channels.channel(self.name)

    def message(self, **changes: Any) -> Message:
        return message(self.address, **changes)

    def test_its_file_is_its_name(self) -> None:
        assert self.name in plugins.names(channels.PACKAGE)
        assert self.channel.reaches(send()) or not self.channel.worded

    def test_preparing_is_pure_and_plain(self) -> None:
        first = self.channel.prepare(self.message(), self.sender)
        assert first == self.channel.prepare(self.message(), self.sender)
        assert json.loads(json.dumps(first)) == first

    def test_one_send_is_one_call_with_what_was_prepared(self) -> None:
        gateway = Recorder("id-1")
        request = self.channel.prepare(self.message(), self.sender)
        assert self.channel.send(request, gateway) == "id-1"
        assert gateway.asked == [request]

    @pytest.mark.parametrize(
        "ending", [Transient("throttled"), Held("sandbox"), Permanent("rejected"), Unanswered("?")]
    )
    def test_how_a_call_ends_is_passed_on_and_never_tried_again(self, ending: Exception) -> None:
        gateway = Recorder(ending)
        with pytest.raises(type(ending)):
            self.channel.send(self.channel.prepare(self.message(), self.sender), gateway)
        assert len(gateway.asked) == 1

    def test_a_message_without_words_is_refused_before_the_call(self) -> None:
        with pytest.raises(Unsendable):
            self.channel.prepare(self.message(words=Rendered("Hello", None, None)), self.sender)
