"""The playbooks on the shelf, and the same with everything that may be set."""

from __future__ import annotations

from functools import cache
from typing import Any

from chalicelib.journeys.playbooks import playbook, store
from chalicelib.journeys.playbooks.brand import Brand
from chalicelib.journeys.playbooks.make import Made, made

NAMES = store.names()
BRAND = Brand(called="Linden & Co", url="https://shop.example", logo="https://shop.example/logo.png", colour="#f2c14e")
LETTERS = [(name, letter) for name in NAMES for letter in sorted(store.read(name).letters)]


def said(name: str) -> dict[str, Any]:
    """A value for everything that may be left out, or must be said."""
    settings = store.read(name).playbook.settings
    return {each: setting.example or "spring" for each, setting in settings.items() if setting.default is None}


@cache
def full(name: str) -> Made:
    """What a playbook makes when all is said."""
    files = store.read(name)
    return made(files, store.look(), playbook.values(files.playbook, said(name)), BRAND)
