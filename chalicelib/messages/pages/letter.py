"""A mail as a page: its own HTML under one line of ours, or its text. Pure.

The HTML is what was sent, in which data is escaped and no address does anything but lead somewhere. In a browser it can
do less than in a mail program: no script, no form, no font or style from elsewhere, and images of our own hosts only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Final

from chalicelib.messages.outgoing import harmless
from chalicelib.messages.pages.look import STYLES, Look
from chalicelib.messages.pages.sheet import Screen, paragraph, sheet
from chalicelib.messages.render import Rendered

_BODY: Final = re.compile(r"<body(?:\s(?:[^\"'>]|\"[^\"]*\"|'[^']*')*)?>", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(https?://[^\s<>()\"']*[^\s<>()\"'.,;:!?])")
_NOTE: Final = (
    "margin:0;padding:12px 16px;font:14px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#f2f2f2;"
    "border-bottom:1px solid #767676"
)


def policy(look: Look) -> str:
    """What the page of a mail may do: show images of our own hosts, and lead elsewhere when somebody follows a link."""
    images = " ".join(["data:", *(f"https://{host}" for host in look.hosts if host)])
    return f"{STYLES}; img-src {images}; sandbox allow-popups allow-popups-to-escape-sandbox"


def letter(said: Rendered, day: str, look: Look, language: str, words: Mapping[str, str]) -> str:
    """The page. day: when the mail left, as its reader writes dates."""
    note = words["view.note"].format(date=day)
    if said.html is None:
        text = f'<div style="white-space:pre-wrap">{_linked(said.text or "")}</div>'
        return sheet(Screen(said.subject, (paragraph(note), text)), look, language, words)
    line = f'<p lang="{language}" style="{_NOTE}">{escape(note)}</p>'
    found = _BODY.search(said.html)
    if found is not None:
        return f"{said.html[: found.end()]}{line}{said.html[found.end() :]}"
    return _PAGE.format(language=said.locale or language, title=escape(said.subject), line=line, html=said.html)


def _linked(text: str) -> str:
    """Text in which addresses can be followed."""
    parts = _ADDRESS.split(text)
    return "".join(_link(part) if at % 2 and harmless(part) else escape(part) for at, part in enumerate(parts))


def _link(url: str) -> str:
    return f'<a href="{escape(url)}">{escape(url)}</a>'


_PAGE: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
body {{ margin: 0; overflow-wrap: anywhere }}
main {{ padding: 0 16px }}
img {{ max-width: 100%; height: auto }}
</style>
</head>
<body>{line}<main>{html}</main></body>
</html>
"""
