"""Templates that come with the code, for messages that must not fail because nobody has written them yet.

Putting a template of the same name replaces it. What it must show is asked of the replacement, too (render.problems).
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template as Words
from types import MappingProxyType
from typing import Final

from chalicelib.journeys import confirm
from chalicelib.journeys.template import Template

_HTML: Final = """<!doctype html>
<html lang="$language">
<body style="font: 16px/1.5 sans-serif; max-width: 34rem; margin: 0 auto; padding: 1.5rem">
<p>$asked{% if topic.title %}: <strong>{{ topic.title }}</strong>{% endif %}.</p>
{% if topic.description %}<p>{{ topic.description }}</p>{% endif %}
<p><a href="{{ links.confirm }}">$yes</a></p>
<p>$otherwise</p>
<p>{{ postal_address }}</p>
</body>
</html>
"""
_TEXT: Final = """$asked{% if topic.title %}: {{ topic.title }}{% endif %}.
{% if topic.description %}
{{ topic.description }}
{% endif %}
$here {{ links.confirm }}

$otherwise

{{ postal_address }}
"""
_SAID: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "subject": "Please confirm your subscription",
        "asked": "You asked to hear from us",
        "yes": "Yes, that was me",
        "here": "Confirm it here:",
        "otherwise": "If it was not you, do nothing: without your confirmation we will not write to you.",
    },
    "it": {
        "subject": "Conferma la tua iscrizione",
        "asked": "Hai chiesto di ricevere nostre notizie",
        "yes": "Sì, sono io",
        "here": "Conferma qui:",
        "otherwise": "Se non eri tu, non fare nulla: senza la tua conferma non ti scriveremo.",
    },
    "es": {
        "subject": "Confirma tu suscripción",
        "asked": "Has pedido recibir noticias nuestras",
        "yes": "Sí, fui yo",
        "here": "Confírmalo aquí:",
        "otherwise": "Si no fuiste tú, no hagas nada: sin tu confirmación no te escribiremos.",
    },
    "ro": {
        "subject": "Confirmă abonarea",
        "asked": "Ai cerut să primești noutăți de la noi",
        "yes": "Da, eu am fost",
        "here": "Confirmă aici:",
        "otherwise": "Dacă nu ai fost tu, nu face nimic: fără confirmarea ta nu îți vom scrie.",
    },
}


_BY_TEXT: Final[Mapping[str, str]] = {
    "en": "Reply YES to get our text messages$what. STOP ends them. Was it not you? Do nothing.",
    "it": "Rispondi SI per ricevere i nostri SMS$what. STOP per non averne. Non eri tu? Non fare nulla.",
    "es": "Responde SI para recibir nuestros SMS$what. BAJA para no recibirlos. ¿No lo pediste? No hagas nada.",
    "ro": "Raspunde DA ca sa primesti SMS-urile noastre$what. STOP le opreste. Nu ai fost tu? Nu face nimic.",
}
"""In the letters of GSM-7, so that without a long title each is one segment."""
_WHAT: Final = "{% if topic.title %} ({{ topic.title }}){% endif %}"


def _by_text(language: str) -> dict[str, dict[str, str]]:
    who = "{% if sender_name %}{{ sender_name }}: {% endif %}"
    return {"sms": {"text": who + Words(_BY_TEXT[language]).substitute(what=_WHAT)}}


def _words(language: str) -> dict[str, str]:
    said = {**_SAID[language], "language": language}
    bodies = {part: Words(body).safe_substitute(said) for part, body in (("html", _HTML), ("text", _TEXT))}
    return {"subject": said["subject"], **bodies}


BUILT_IN: Final[Mapping[str, Template]] = MappingProxyType(
    {
        confirm.NAME: Template.model_validate(
            {
                "name": confirm.NAME,
                "class": "transactional",
                **_words("en"),
                "locales": {language: _words(language) for language in _SAID if language != "en"},
                "version": 0,
            }
        ),
        confirm.BY_TEXT: Template.model_validate(
            {
                "name": confirm.BY_TEXT,
                "class": "transactional",
                **_by_text("en"),
                "locales": {language: _by_text(language) for language in _BY_TEXT if language != "en"},
                "version": 0,
            }
        ),
    }
)
