"""Files read as an import reads them, without tables: piece by piece, rows to events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from chalicelib import times
from chalicelib.jobs.importing.convert import Converter
from chalicelib.jobs.importing.layout import HEAD, Format, Layout, layout
from chalicelib.jobs.importing.mapping import compiled
from chalicelib.jobs.importing.request import ImportRequest, Options
from chalicelib.jobs.importing.rows import Row, rows
from chalicelib.jobs.importing.store import definition
from chalicelib.jobs.importing.values import Reader
from chalicelib.tracking.event import Event
from chalicelib.tracking.reading import Arrival

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def read(data: bytes, format: Format = "csv", piece: int = 1024 * 1024, **given: Any) -> tuple[Layout, list[Row]]:
    """Every row of a file, in pieces of `piece` bytes."""
    found = layout(data[:HEAD], format, **given)
    return found, list(_pieces(data, found, piece))


def _pieces(data: bytes, found: Layout, piece: int) -> Iterator[Row]:
    offset, line = found.start, found.lines + 1
    while offset < len(data):
        part, final = data[offset : offset + piece], offset + piece >= len(data)
        made = list(rows(part, found, line, final=final)) or list(rows(part, found, line, final=final, stuck=True))
        yield from made
        if final or not made:
            return
        offset, line = offset + made[-1].end, made[-1].next_line


def told(event: Event) -> dict[str, Any]:
    """An event as a fixture shows it."""
    said = {"subject": event.subject, "name": event.name, "timestamp": times.text(event.timestamp)}
    held = {name: value for name in ("properties", "traits", "context") if (value := getattr(event, name))}
    return said | held


def converted(name: str, data: bytes, format: Format, **options: Any) -> list[Event]:
    """The events of a file by one of the mappings that are ready."""
    found, all_rows = read(data, format)
    wanted = definition(name)
    asked = Options(**(wanted.options | options))
    request = ImportRequest(kind=wanted.kind, format=format, file="imports/x", name=name, mapping=name, options=asked)
    mapping = compiled(wanted, found.columns, Reader(asked))
    converter = Converter(request, mapping, times.text(NOW))
    groups: list[list[Row]] = []
    for row in all_rows:
        assert row.fields is not None, row.problem
        key = mapping.group.of(row.fields) if mapping.group else None
        same = mapping.group and key is not None and groups and mapping.group.of(groups[-1][0].fields) == key
        groups.append([*groups.pop(), row] if same else [row])
    arrival = Arrival("import", "key", NOW, 100_000)
    return [
        event
        for group in groups
        for event in converter.events(group[0].fields or {}, [row.fields or {} for row in group], arrival)
    ]
