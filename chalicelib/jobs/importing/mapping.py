"""From rows to calls: which columns mean what. A mapping is data, in the language of webhooks and a little more.

    {"required": ["Email Address"], "rest": "traits", "ignore": ["LEID"],
     "variants": [{"columns": ["UNSUB_TIME"], "who": {...}, "events": [...]}, {"who": {...}, "events": [...]}]}

`variants`: the first whose `columns` are all in the file holds; a mapping without variants is its only one. An entry
of `events` may say `given` (a path: the entry holds only for rows that have something there) and `each` (a path to a
list: the entry holds for each member, which it finds under `$.item`). `rest`: columns that nothing else names become
traits, or properties. `group`: rows one after the other that agree in it are one order; its products are `lines`, a
shape for each row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.errors import Permanent
from chalicelib.jobs.importing.values import Reader, Telephones
from chalicelib.tracking import mapping as webhooks
from chalicelib.tracking import paths
from chalicelib.tracking.mapping import Rule
from chalicelib.tracking.paths import Value
from chalicelib.tracking.problems import Invalid, Problem

MOST_LINES: Final = 2_000  # products of one order
_NAMES: Final = re.compile(r"[^0-9a-z]+")
_COLUMN: Final = re.compile(r"\$(?:\.([^.\[\]'\"$\s]+)|\['([^']+)'\])")
_OWN: Final = ("given", "each")


class Variant(BaseModel):
    """What rows mean in files that have these columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: list[str] = []
    who: dict[str, Any] = {}
    events: list[dict[str, Any]] = Field(min_length=1, max_length=50)
    group: str | None = None
    lines: dict[str, Any] | None = None


class Definition(BaseModel):
    """A mapping as it is written down."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    description: str = ""
    kind: Literal["customers", "consents", "events", "orders"] = "customers"
    formats: list[Literal["csv", "jsonl"]] = ["csv", "jsonl"]
    required: list[str] = []
    rest: Literal["traits", "properties"] | None = None
    ignore: list[str] = []
    options: dict[str, Any] = {}
    variants: list[Variant] = Field([], max_length=20)
    columns: list[str] = []
    who: dict[str, Any] = {}
    events: list[dict[str, Any]] = Field([], max_length=50)
    group: str | None = None
    lines: dict[str, Any] | None = None

    @property
    def all_variants(self) -> Sequence[Variant]:
        """The variants, one if none is named."""
        if self.variants:
            return self.variants
        return [Variant(columns=[], who=self.who, events=self.events, group=self.group, lines=self.lines)]


@dataclass(frozen=True)
class Entry:
    """One event of a row, where `given` is there, for the row or for each member of a list in it."""

    rule: Rule
    given: Value | None
    each: Value | None

    def calls(self, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """What the row comes to."""
        members = self.each.of(row) if self.each else None
        found: list[Mapping[str, Any]] = [row]
        if self.each:
            found = [{**row, "item": member} for member in members] if isinstance(members, list) else []
        for payload in found:
            if self.given is not None and self.given.of(payload) in (None, "", [], {}, "[]"):
                continue
            if all(condition.holds(payload) for condition in self.rule.when):
                yield self.rule.call(payload)


@dataclass(frozen=True)
class Compiled:
    """A mapping that was found to be sound, for one file."""

    entries: Sequence[Entry]
    group: Value | None
    line: Value | None
    rest: str | None
    named: frozenset[str]
    telephones: Telephones

    def calls(self, row: Mapping[str, Any], lines: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
        """The calls of a row; RowProblem if one of its columns cannot be read."""
        made = [call for entry in self.entries for call in entry.calls(row)]
        if self.rest:
            kind = "identify" if self.rest == "traits" else "track"
            rest = {_simple(name): value for name, value in row.items() if name not in self.named}
            made = [
                {**call, self.rest: {**rest, **call.get(self.rest, {})}} if call["type"] == kind else call
                for call in made
            ]
        if self.line is not None and lines:
            products = [found for line in lines[:MOST_LINES] if (found := self.line.of(line))]
            made = [call if not products else _with_products(call, products) for call in made]
        return made


def compiled(definition: Definition, columns: Sequence[str], reader: Reader) -> Compiled:
    """A mapping for a file with these columns (none: JSON lines). Permanent if the file lacks what it needs; Invalid
    if the mapping itself is not sound."""
    missing = [name for name in definition.required if name not in columns] if columns else []
    fitting = (one for one in definition.all_variants if not columns or set(one.columns) <= set(columns))
    variant = next(fitting, None)
    if missing or variant is None:
        raise Permanent(
            f"The file has no column {', '.join(missing) or 'of those that the mapping tells files apart by'}. "
            f"It has: {', '.join(columns)[:500]}."
        )
    return _compiled(definition, variant, reader)


def check(definition: Definition) -> None:
    """Whether a mapping is sound. Invalid if not, with everything that is wrong and where."""
    for variant in definition.all_variants:
        _compiled(definition, variant, Reader())


def _compiled(definition: Definition, variant: Variant, reader: Reader) -> Compiled:
    problems: list[Problem] = []
    plain = [{name: value for name, value in event.items() if name not in _OWN} for event in variant.events]
    sound = webhooks.compiled({"who": variant.who, "events": plain})
    entries = []
    for place, (rule, event) in enumerate(zip(sound.rules, variant.events, strict=True)):
        where = f"mapping.events[{place}]"
        given, each = (
            paths.value(event[name], f"{where}.{name}", problems) if name in event else None for name in _OWN
        )
        entries.append(Entry(replace(rule, values=reader.reading(rule.values)), given, each))
    group = paths.value(variant.group, "mapping.group", problems) if variant.group else None
    line = paths.value(variant.lines, "mapping.lines", problems) if variant.lines else None
    if problems:
        raise Invalid(problems)
    named = frozenset((*_columns(variant.model_dump()), *definition.ignore))
    return Compiled(entries, group, line, definition.rest, named, reader.telephones)


def _columns(value: object) -> Iterator[str]:
    """The columns that any path in a mapping names."""
    match value:
        case str():
            found = _COLUMN.match(value)
            if found:
                yield found[1] or found[2]
        case dict():
            for name, inner in value.items():
                yield from _columns(name)
                yield from _columns(inner)
        case list():
            for inner in value:
                yield from _columns(inner)


def _simple(name: str) -> str:
    """A column's name as a trait: `Last Purchase` is `last_purchase`."""
    return _NAMES.sub("_", name.casefold()).strip("_") or name


def _with_products(call: dict[str, Any], products: Sequence[Any]) -> dict[str, Any]:
    if call["type"] != "track":
        return call
    return {**call, "properties": {**call.get("properties", {}), "products": list(products)}}
