"""Somebody opens what a mail leads to: itself in the browser, and the preference centre."""

from __future__ import annotations

import re
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
    """Ida reads her letter in the browser, and wants fewer of them."""
    world.define(LETTER, TEMPLATES)
    joins(world, "ida")
    says(world, "track", "ida", event="Letter Asked For", messageId="ida-letter")
    world.settle()
    text = str(world.mails("ida@example.com")[-1].text)
    pages = {page: path for path, page in re.findall(r"https://shop\.example/api(/([uvp])/[A-Za-z0-9_-]+)", text)}
    assert "A letter" in world.http.request("GET", pages["v"]).text
    chosen = b"save=yes&shown=email&on=email&often=weekly"
    assert world.http.request("POST", pages["p"], body=chosen).status == 200
    assert world.http.request("GET", "/s/000000000000").status == 404
