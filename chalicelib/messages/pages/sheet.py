"""What a page is made of: one layout, and a few pieces that escape what they are given. Pure.

A reader who hears the page gets its language, one heading, labels, groups with names. A reader who sees it gets a
contrast of at least 4.5 for words and 3 for what is pressed, in light and in dark, and a ring around what is in focus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Final

from chalicelib.journeys.playbooks.brand import readable_on
from chalicelib.messages.pages.look import Look


@dataclass(frozen=True)
class Screen:
    """What is on a page: its title, which is its heading, and the pieces below it. told: what has just been done."""

    title: str
    pieces: tuple[str, ...] = ()
    told: str = ""


def sheet(screen: Screen, look: Look, language: str, words: Mapping[str, str]) -> str:
    """The page."""
    called, told = look.brand.called, screen.told
    title = " - ".join(part for part in (told, screen.title, called) if part)
    from_whom = words["foot"].format(brand=called) if called else words["foot.us"]
    status = f'<p role="status" class="told">{escape(told)}</p>' if told else ""
    return _SHEET.substitute(
        language=language,
        title=escape(title),
        colour=look.brand.colour,
        on_colour=readable_on(look.brand.colour),
        head=_head(look),
        main="".join([f"<h1>{escape(screen.title)}</h1>", status, *screen.pieces]),
        foot=f"{paragraph(from_whom)}{paragraph(look.postal_address)}",
    )


def paragraph(words: str) -> str:
    """A paragraph."""
    return f"<p>{escape(words)}</p>"


def button(label: str, name: str, value: str, *, quiet: bool = False) -> str:
    """What sends a form. quiet: it stands behind another one."""
    style = ' class="quiet"' if quiet else ""
    return f'<button type="submit" name="{name}" value="{escape(value)}"{style}>{escape(label)}</button>'


def form(*pieces: str, action: str = "") -> str:
    """A form that is posted, to where the page came from unless it is told."""
    to = f' action="{escape(action)}"' if action else ""
    return f'<form method="post"{to}>{"".join(pieces)}</form>'


def link(label: str, to: str) -> str:
    """A way to another page."""
    return f'<p><a href="{escape(to)}">{escape(label)}</a></p>'


def group(legend: str, *pieces: str, hint: str = "") -> str:
    """Questions that belong together."""
    said = paragraph(hint) if hint else ""
    return f"<fieldset><legend>{escape(legend)}</legend>{said}{''.join(pieces)}</fieldset>"


def tick(
    kind: str, id: str, name: str, value: str, label: str, *, on: bool = False, hint: str = "", lang: str = ""
) -> str:
    """A box (`checkbox`) or one of several (`radio`), with its label and what else is to be known of it. lang: of the
    label, where it is another than the page's."""
    spoken = f' lang="{escape(lang)}"' if lang else ""
    described = f' aria-describedby="{id}-hint"' if hint else ""
    box = f'<input type="{kind}" id="{id}" name="{name}" value="{escape(value)}"{" checked" if on else ""}{described}>'
    said = f'<small id="{id}-hint">{escape(hint)}</small>' if hint else ""
    return f'<div class="tick">{box}<label for="{id}"{spoken}>{escape(label)}</label>{said}</div>'


def hidden(name: str, value: str) -> str:
    """What a form sends besides."""
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _head(look: Look) -> str:
    called = look.brand.called or ""
    if look.logo is not None:
        return f'<header><img src="{escape(look.logo)}" alt="{escape(called)}"></header>'
    return f"<header><strong>{escape(called)}</strong></header>" if called else ""


_SHEET: Final = Template(
    """<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>$title</title>
<style>
:root { color-scheme: light dark; --ink: #1a1a1a; --soft: #595959; --paper: #fff; --line: #767676 }
@media (prefers-color-scheme: dark) { :root { --ink: #f2f2f2; --soft: #b8b8b8; --paper: #161616; --line: #8a8a8a } }
html { font: 1.125rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
html { border-top: .375rem solid $colour }
body { margin: 0 auto; max-width: 34rem; padding: 0 1.25rem 2rem; overflow-wrap: anywhere }
header { padding: 1.5rem 0 .5rem }
header img { max-width: 140px; max-height: 80px; padding: .25rem; background: #fff; border-radius: .25rem }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1rem 0 }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem }
.told { border-left: .375rem solid $colour; padding: .5rem .75rem; font-weight: 600 }
form { margin: 0 0 1rem }
fieldset { border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 1.25rem; padding: .5rem 1rem 1rem }
fieldset fieldset { border: 0; border-radius: 0; margin: .5rem 0 0; padding: 0 0 0 1rem }
legend { font-weight: 700; padding: 0 .375rem }
fieldset fieldset legend { padding: 0 }
.tick { display: grid; grid-template-columns: 2.75rem 1fr; align-items: center }
.tick input { width: 1.5rem; height: 1.5rem; margin: .625rem 0; accent-color: var(--ink) }
.tick label { padding: .625rem 0; cursor: pointer }
.tick small { grid-column: 2; margin-top: -.5rem; color: var(--soft); font-size: .9375rem }
button { font: inherit; font-size: 1.1875rem; font-weight: 700; width: 100%; min-height: 3rem; padding: .75rem 1.25rem }
button { color: $on_colour; background: $colour; border: 2px solid var(--line); border-radius: .5rem }
button { cursor: pointer; margin: 0 0 1rem }
button.quiet { color: var(--ink); background: transparent }
a { color: inherit; display: inline-block; padding: .5rem 0 }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
footer { margin-top: 3rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .9375rem }
</style>
</head>
<body>$head<main>$main</main><footer>$foot</footer></body>
</html>
"""
)
