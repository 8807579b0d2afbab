"""A template that asks for an address on the site, in two languages, and a row that says it."""

from __future__ import annotations

from typing import Any

from chalicelib.journeys.send import Send
from chalicelib.journeys.template import Template
from tests.messages.samples import send

ASK: dict[str, Any] = {
    "title": "Stay in touch",
    "text": "What is new, once a month.\n\nNothing else.",
    "form": {
        "email": "Your e-mail address",
        "consent": {"label": "Write to me about new things.", "to": "email/news", "wording": "2026-1"},
        "questions": [
            {
                "name": "looking_for",
                "label": "What are you looking for?",
                "choices": [{"value": "gift", "label": "A gift"}, {"value": "myself", "label": "Something for me"}],
            },
            {"name": "more", "label": "Anything else?"},
        ],
        "submit": "Sign me up",
        "thanks": "Thank you.",
    },
    "show": {"as": "corner", "pages": ["/products/*"], "not_on": ["/checkout*"], "after": "PT5S", "scroll": 25},
}
CHIEDI: dict[str, Any] = {
    "title": "Restiamo in contatto",
    "close": "Chiudi",
    "failed": "Non ha funzionato. Riprova.",
    "form": {
        "email": "La tua e-mail",
        "consent": {"label": "Scrivetemi delle novità.", "to": "email/news", "wording": "2026-1-it"},
        "questions": [
            {
                "name": "looking_for",
                "label": "Che cosa cerchi?",
                "choices": [{"value": "gift", "label": "Un regalo"}, {"value": "myself", "label": "Qualcosa per me"}],
            },
            {"name": "more", "label": "Altro?"},
        ],
        "submit": "Iscrivimi",
        "thanks": "Grazie.",
    },
}
SALE: dict[str, Any] = {
    "title": "{{ customer.first_name | default: 'Hello' }}, it is the last day",
    "text": "Everything in {{ event.category | default: 'the shop' }} is half price.",
    "button": {"label": "Show me", "url": "{{ event.url | default: '/sale' }}"},
}


def asking(**changes: Any) -> dict[str, Any]:
    """The template of the form."""
    return {"class": "marketing", "onsite": ASK, "locales": {"it": {"onsite": CHIEDI}}, **changes}


def template(body: dict[str, Any] | None = None, name: str = "ask") -> Template:
    """A template of a body, with a name and a version."""
    return Template.model_validate({**(body or asking()), "name": name})


def row(**changes: Any) -> Send:
    """A planned message of the template `ask`."""
    return send(**{"channel": "onsite", "template": "ask", **changes})
