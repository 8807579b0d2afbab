"""A shop whose letters lead to the pages for recipients; for the tests of those pages."""

from __future__ import annotations

import re
from typing import Any, Final

from infra.local.mailbox.mail import Mail
from tests.fakes.world import World
from tests.flow.story import says

CONSENT: Final[dict[str, Any]] = {
    "topics": [
        {
            "name": "letter",
            "title": {"en": "The <letter>", "it": "La <lettera>"},
            "description": {"en": "Once a month.", "it": "Una volta al mese."},
            "wording": "2026-11",
        },
        {"name": "offers", "title": {"en": "Offers"}, "own_consent": True},
        {"name": "drops", "channel": "sms", "title": {"en": "Drops"}, "double_opt_in": True, "own_consent": True},
    ]
}
LETTER: Final[dict[str, Any]] = {
    "name": "letters",
    "title": "Letters",
    "class": "marketing",
    "trigger": {"on": "event", "name": "Letter Due"},
    "re_entry": "always",
    "steps": [{"id": "letter", "do": "send", "template": "letter", "within": "P2D"}],
}
TEMPLATES: Final[dict[str, Any]] = {
    "letter": {
        "class": "marketing",
        "topic": "letter",
        "subject": "For {{ customer.firstName }}",
        "html": (
            "<h1>Dear {{ customer.firstName }}</h1><p>Of {{ event.about }}.</p>"
            '<p><a href="{{ links.view }}">In the browser</a> <a href="{{ links.preferences }}">Preferences</a> '
            '<a href="{{ links.unsubscribe }}">Unsubscribe</a></p><p>{{ postal_address }}</p>'
        ),
        "text": "{{ links.view }} {{ links.preferences }} {{ links.unsubscribe }} {{ postal_address }}",
    }
}


def open_shop(world: World, **traits: Any) -> Mail:
    """The shop, and bob, who agreed to mail and got a letter: which is the answer."""
    answer = world.ask("PUT", "/v1/settings/consent", CONSENT)
    assert answer.status == 200, answer.text
    world.define(LETTER, TEMPLATES)
    says(world, "identify", "bob", traits={"email": "bob@example.com", "firstName": "Bob", **traits})
    says(world, "track", "bob", event="Subscribed", properties={"channel": "email"})
    says(world, "track", "bob", event="Letter Due", messageId="due", properties={"about": "the sea"})
    world.settle()
    return world.mails("bob@example.com")[-1]


def path_in(mail: Mail, page: str) -> str:
    """Where the link of a mail to a page (`p`, `v`, `u`) leads."""
    found = re.search(rf"https://shop\.example/api(/{page}/[A-Za-z0-9_-]+)", str(mail.text))
    assert found is not None, mail
    return found[1]
