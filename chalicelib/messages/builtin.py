"""Templates that come with the code, for messages that must not fail because nobody has written them yet.

Putting a template of the same name replaces it. What it must show is asked of the replacement, too (render.problems).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from chalicelib.journeys import confirm
from chalicelib.journeys.template import Template

_HTML: Final = """<!doctype html>
<html lang="en">
<body style="font: 16px/1.5 sans-serif; max-width: 34rem; margin: 0 auto; padding: 1.5rem">
<p>You asked to hear from us{% if topic.title %}: <strong>{{ topic.title }}</strong>{% endif %}.</p>
{% if topic.description %}<p>{{ topic.description }}</p>{% endif %}
<p><a href="{{ links.confirm }}">Yes, that was me</a></p>
<p>If it was not you, do nothing: without your confirmation we will not write to you.</p>
<p>{{ postal_address }}</p>
</body>
</html>
"""
_TEXT: Final = """You asked to hear from us{% if topic.title %}: {{ topic.title }}{% endif %}.
{% if topic.description %}
{{ topic.description }}
{% endif %}
Confirm it here: {{ links.confirm }}

If it was not you, do nothing: without your confirmation we will not write to you.

{{ postal_address }}
"""

BUILT_IN: Final[Mapping[str, Template]] = MappingProxyType(
    {
        confirm.NAME: Template.model_validate(
            {
                "name": confirm.NAME,
                "class": "transactional",
                "subject": "Please confirm your subscription",
                "html": _HTML,
                "text": _TEXT,
                "version": 0,
            }
        )
    }
)
