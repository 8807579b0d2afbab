"""File name = plugin name: `tracking/sources/segment.py` is the source `segment`.

A plugin's file ends with an annotated value (`plugin: Source = Segment()`), so the type checker holds the contract in
that file. A plugin is imported when it is first asked for: nothing is paid at a cold start for what is not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


class UnknownPlugin(LookupError):
    """There is no such file; `known` lists those that there are."""

    def __init__(self, package: str, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"{package} has no {name!r}; it has {', '.join(known) or 'nothing'}")
        self.known = known


@cache
def names(package: str) -> tuple[str, ...]:
    """The names of the plugins in a package, sorted; a leading underscore hides a file."""
    paths = import_module(package).__path__
    return tuple(sorted(module.name for module in iter_modules(paths) if not module.name.startswith("_")))


@cache
def load(package: str, name: str) -> Any:
    """The `plugin` of `package`.`name`; the caller annotates what it expects. Raises UnknownPlugin."""
    if name not in names(package):
        raise UnknownPlugin(package, name, names(package))
    return import_module(f"{package}.{name}").plugin


def load_all(package: str) -> Mapping[str, Any]:
    """Every plugin of a package by name."""
    return {name: load(package, name) for name in names(package)}
