"""What letters look like: one layout and a few blocks, for mail programs (MJML) and as plain text. Pure.

Words are escaped where they stand in MJML; the Liquid in them stays as it is, and escapes what customers say itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Final

from chalicelib.journeys.playbooks.brand import Brand, readable_on
from chalicelib.journeys.playbooks.letter import Block, Letter, Part
from chalicelib.journeys.send import MessageClass

Words = Mapping[str, str]

NAME: Final = "{% assign name = customer.firstName | default: customer.first_name %}"
_LIQUID: Final = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})")
_LINK: Final = re.compile(r"\[([^\]]+)\]\(((?:\{\{.*?\}\}|[^()])+)\)")
_SHOWN: Final = 3  # products side by side are too small to touch on a telephone; one below the other, three are enough
_ITEM: Final = "{{ item.title | default: item.name }}"
_FACTS: Final = "{% if product.price %}{{ product.price | money: product.currency }}{% endif %}"


@dataclass(frozen=True)
class Sheet:
    """What is the same in all letters of an installation: the layout, its words in one language, and the brand."""

    layout: str
    words: Words
    brand: Brand
    language: str
    message_class: MessageClass


def mjml(letter: Letter, sheet: Sheet) -> str:
    """The letter for mail programs."""
    brand = sheet.brand
    parts = [_HTML[part.block](part, sheet.words) for part in letter.parts]
    return Template(sheet.layout).substitute(
        language=sheet.language,
        title=_words(letter.heading),
        preview=NAME + _words(letter.preview),
        colour=brand.colour,
        on_colour=readable_on(brand.colour),
        paper=brand.paper,
        logo=_logo(brand),
        parts="\n        ".join([*parts, *_signature(sheet, "<br />", _mj_text)]),
        footer=_footer(sheet, "<br />", f'<a href="{{{{ links.$to }}}}" style="{_INK}">$said</a>'),
    )


def text(letter: Letter, sheet: Sheet) -> str:
    """The letter as plain text."""
    parts = [_TEXT[part.block](part, sheet.words) for part in letter.parts]
    foot = _footer(sheet, "\n", "$said: {{ links.$to }}", escaped=False)
    return NAME + "\n\n".join([*parts, *_signature(sheet, "\n", lambda words: words)]) + f"\n\n--\n{foot}\n"


_INK = "color:#5c5c5c"


def _words(said: str) -> str:
    """Words for MJML: what is not Liquid escaped, links as links."""
    linked, at = "", 0
    for link in _LINK.finditer(said):
        linked += _escaped(said[at : link.start()])
        linked += f'<a href="{_escaped(link[2])}" style="color:#2b2b2b">{_escaped(link[1])}</a>'
        at = link.end()
    return linked + _escaped(said[at:])


def _escaped(said: str) -> str:
    return "".join(piece if piece.startswith("{") else escape(piece) for piece in _LIQUID.split(said))


def _plain(said: str) -> str:
    return _LINK.sub(r"\1 (\2)", said)


def _mj_text(words: str) -> str:
    return f"<mj-text>{words}</mj-text>"


def _if(condition: str, inside: str) -> str:
    """A component that is there under a condition: between two bits of raw text, for MJML keeps only components."""
    return f"<mj-raw>{{% if {condition} %}}</mj-raw>{inside}<mj-raw>{{% endif %}}</mj-raw>"


def _heading(part: Part, words: Words) -> str:
    style = "margin:0;font-size:26px;line-height:1.25;font-weight:700;color:#1a1a1a"
    return _mj_text(f'<h1 style="{style}">{_words(part.words)}</h1>')


def _paragraph(part: Part, words: Words) -> str:
    return _mj_text(_words(part.words))


def _button(part: Part, words: Words) -> str:
    return f'<mj-button href="{_escaped(part.target)}">{_words(part.words)}</mj-button>'


def _products(part: Part, words: Words) -> str:
    picture = (
        '{% if product.image %}<td width="88" style="padding:0 16px 0 0"><img src="{{ product.image }}" '
        'alt="{{ product.title }}" width="88" style="border-radius:6px;display:block" /></td>{% endif %}'
    )
    title = '<a href="{{ product.url }}" style="color:#1a1a1a;font-weight:600">{{ product.title }}</a>'
    named = f"{{% if product.url %}}{title}{{% else %}}<strong>{{{{ product.title }}}}</strong>{{% endif %}}"
    row = f'<tr>{picture}<td style="vertical-align:middle">{named}<br />{_FACTS}</td></tr>'
    table = '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 14px">'
    rows = f"{{% for product in products limit: {_SHOWN} %}}{table}{row}</table>{{% endfor %}}"
    heading = f'<p style="margin:0 0 12px;font-weight:600">{_words(part.words)}</p>' if part.words else ""
    return _if("products.first", _mj_text(heading + rows))


def _cart(part: Part, words: Words) -> str:
    items = f"{{% for item in cart.items %}}{_ITEM}{{% unless forloop.last %}}<br />{{% endunless %}}{{% endfor %}}"
    style = "margin:0;padding:14px 18px;background:#f7f5f1;border-radius:6px"
    box = f'<div style="{style}"><strong>{escape(words["total"])}</strong><br />{items}</div>'
    return _if("cart.items.first", _mj_text(box))


def _coupon(part: Part, words: Words) -> str:
    style = "margin:8px 0 0;padding:14px 18px;border:2px dashed #b9b2a6;border-radius:6px"
    code = f'{escape(words["code"])}: <strong style="letter-spacing:1px">{{{{ coupon.code }}}}</strong>'
    return _if(
        "coupon.code", _mj_text(f'{_words(part.words)}<div style="{style}">{code}{_until(words, "<br />")}</div>')
    )


def _until(words: Words, line: str) -> str:
    return f"{{% if coupon.expires_at %}}{line}{escape(words['until'])} {{{{ coupon.expires_at | date }}}}{{% endif %}}"


def _text_products(part: Part, words: Words) -> str:
    row = "- {{ product.title }} " + _FACTS + " {{ product.url }}\n"
    rows = f"{{% for product in products limit: {_SHOWN} %}}{row}{{% endfor %}}"
    heading = f"{_plain(part.words)}\n" if part.words else ""
    return f"{{% if products.first %}}{heading}{rows}{{% endif %}}"


def _text_cart(part: Part, words: Words) -> str:
    items = f"{{% for item in cart.items %}}\n- {_ITEM}{{% endfor %}}"
    return f"{{% if cart.items.first %}}{words['total']}{items}{{% endif %}}"


def _text_coupon(part: Part, words: Words) -> str:
    code = f"{_plain(part.words)}\n{words['code']}: {{{{ coupon.code }}}}"
    return f"{{% if coupon.code %}}{code}{_until(words, chr(10))}{{% endif %}}"


_HTML: Final[Mapping[Block, Callable[[Part, Words], str]]] = {
    "heading": _heading,
    "paragraph": _paragraph,
    "button": _button,
    "products": _products,
    "cart": _cart,
    "coupon": _coupon,
}
_TEXT: Final[Mapping[Block, Callable[[Part, Words], str]]] = {
    "heading": lambda part, words: _plain(part.words),
    "paragraph": lambda part, words: _plain(part.words),
    "button": lambda part, words: f"{_plain(part.words)}: {part.target}",
    "products": _text_products,
    "cart": _text_cart,
    "coupon": _text_coupon,
}


def _logo(brand: Brand) -> str:
    if brand.logo is None:
        return ""
    alt = escape(brand.called or "")
    return f'<mj-image src="{escape(brand.logo)}" alt="{alt}" width="140px" align="left" padding="0 32px 24px" />'


def _signature(sheet: Sheet, line: str, made: Callable[[str], str]) -> list[str]:
    if sheet.brand.called is None:
        return []
    return [made(f"{sheet.words['signature']}{line}{sheet.brand.called}")]


def _footer(sheet: Sheet, line: str, link: str, *, escaped: bool = True) -> str:
    """Why it comes, and for marketing the ways out: of it, and to less of it."""
    why = sheet.words[sheet.message_class]
    why = escape(why, quote=False) if escaped else why
    if sheet.message_class == "transactional":
        return f"{why}{line}{{{{ postal_address }}}}"
    ways = [link.replace("$to", to).replace("$said", sheet.words[to]) for to in ("unsubscribe", "preferences")]
    return f"{why} {ways[0]}{line}{ways[1]}{line}{{{{ postal_address }}}}"
