"""Somebody opens what a mail leads to: itself in the browser, and the preference centre."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from tests.fakes.world import World
from tests.flow.story import joins, says

LETTER: Final[dict[str, Any]] = {
    "name": "open-letter",
    "title": "An open letter",
    "class": "transactional",  # at any hour, as marketing would not be
    "trigger": {"on": "event", "name": "Letter Asked For"},
    "steps": [{"id": "letter", "do": "send", "template": "open-letter", "within": "P2D"}],
}
TEMPLATES: Final[dict[str, Any]] = {
    "open-letter": {
        "class": "transactional",
        "subject": "A letter",
        "text": "{{ links.view }} {{ links.preferences }} {{ links.unsubscribe }} {{ postal_address }}",
    }
}


def pages_are_opened(world: World) -> None:
    """Wim reads his letter in the browser, and wants fewer of them."""
    world.define(LETTER, TEMPLATES)
    world.wait(timedelta(minutes=1))
    joins(world, "wim")
    says(world, "track", "wim", event="Letter Asked For", messageId="wim-letter")
    world.settle()
    text = str(world.mails("wim@example.com")[-1].text)
    pages = {page: path for path, page in re.findall(r"https://shop\.example/api(/([uvp])/[A-Za-z0-9_-]+)", text)}
    assert "A letter" in world.http.request("GET", pages["v"]).text
    chosen = b"save=yes&shown=email&on=email&often=weekly"
    assert world.http.request("POST", pages["p"], body=chosen).status == 200
    assert world.http.request("GET", "/s/000000000000").status == 404
