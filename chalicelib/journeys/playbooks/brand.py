"""The setting `brand`: whose letters these are. What playbooks write is written in this name and these colours, and so
are the pages that recipients see."""

from __future__ import annotations

import re
from email.utils import parseaddr
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from chalicelib.customers.setting import Setting, objection

LANGUAGES: Final = ("en", "it", "es", "ro")
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_URL: Final = re.compile(r"https?://[^\s{}<>\"'|\\]+")
_IMAGE: Final = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}")
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_NAME: Final = re.compile(r"[^{}<>%\\\"\x00-\x1f\x7f]+")
_LINEAR: Final = (0.2126, 0.7152, 0.0722)  # WCAG 2: how much red, green and blue make a colour light
_BLACK, _WHITE = "#1a1a1a", "#ffffff"


def _colour(value: str) -> str:
    if not _COLOUR.fullmatch(value):
        raise objection("colour", "This is no colour", "Write six hexadecimal digits: #1f5f8b.")
    return value.lower()


def _url(value: str) -> str:
    if not _URL.fullmatch(value):
        raise objection("url", "This is no address of a page", "Write it whole: https://shop.example")
    return value.rstrip("/")


def _image(value: str) -> str:
    if not _IMAGE.fullmatch(value):
        hint = "Write the whole image: data:image/png;base64,iVBORw0K... (PNG, JPEG, GIF, WebP or SVG)."
        raise objection("image", "This is no image", hint)
    return value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value.lower()):
        raise objection("host", "This is no name of a host", "Write it without the rest of the address: cdn.example")
    return value.lower()


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise objection("name", "This is no name of a brand", "Write it without braces, brackets and quotes.")
    return value


Colour = Annotated[str, AfterValidator(_colour), WithJsonSchema({"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"})]
Url = Annotated[str, StringConstraints(max_length=500), AfterValidator(_url), WithJsonSchema({"type": "string"})]
Image = Annotated[str, StringConstraints(max_length=60_000), AfterValidator(_image), WithJsonSchema({"type": "string"})]
Host = Annotated[str, StringConstraints(max_length=253), AfterValidator(_host), WithJsonSchema({"type": "string"})]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), AfterValidator(_name)]


class Brand(Setting):
    """Whose letters these are."""

    name: ClassVar[str] = "brand"

    called: Name | None = Field(None, description="The name that letters are signed with. Null: that of the sender.")
    url: Url | None = Field(None, description="Where buttons lead. Null: letters have no buttons to the shop.")
    logo: Url | None = Field(None, description="An image for the head of letters, shown 140 pixels wide.")
    logo_data: Image | None = Field(
        None,
        description="The logo of recipients' pages, whole: they ask nobody for it. Null: `logo`, if it is ours.",
    )
    image_hosts: list[Host] = Field(
        [], max_length=20, description="From where else recipients' pages may show images: these hosts and no others."
    )
    colour: Colour = Field("#1f5f5b", description="The colour of buttons; what stands on it is black or white.")
    paper: Colour = Field("#f4f1ec", description="The colour around the letter.")
    language: Literal["en", "it", "es", "ro"] = Field(
        "en", description="The language for whoever has none of the four: en, it, es, ro."
    )


def signed(brand: Brand, sender: str) -> Brand:
    """The brand with a name: its own, else that of the sender (`Shop <hello@shop.example>`), if it has one."""
    if brand.called is not None:
        return brand
    name = parseaddr(sender)[0].strip()
    return brand.model_copy(update={"called": name}) if _NAME.fullmatch(name or "{") else brand


def readable_on(colour: str) -> str:
    """Black or white, whichever is easier to read on `colour` (#rrggbb), by WCAG's contrast."""
    light = _luminance(colour)
    against_white = (_luminance(_WHITE) + 0.05) / (light + 0.05)
    against_black = (light + 0.05) / (_luminance(_BLACK) + 0.05)
    return _WHITE if against_white >= against_black else _BLACK


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return sum(weight * part for weight, part in zip(_LINEAR, linear, strict=True))
