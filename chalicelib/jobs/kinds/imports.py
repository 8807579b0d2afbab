"""Imports: a file of customers, consents, events or orders becomes events, slice by slice.

A slice reads the file in pieces of a megabyte from where the last one ended, always at a row's end; rows become
events under ids made of what they say, so a slice that is done twice stores nothing twice. Memory holds one piece, one
portion of events and the slice's remarks, however large the file is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chalicelib import times
from chalicelib.errors import Permanent, Transient
from chalicelib.jobs.importing import refused
from chalicelib.jobs.importing.convert import Converter
from chalicelib.jobs.importing.layout import HEAD, Layout, layout
from chalicelib.jobs.importing.mapping import Compiled, Definition, compiled
from chalicelib.jobs.importing.problem import RowProblem
from chalicelib.jobs.importing.refused import Remark, remark, report_folder
from chalicelib.jobs.importing.request import FOLDER, ImportRequest
from chalicelib.jobs.importing.rows import PIECE, Row, line_end, rows
from chalicelib.jobs.importing.store import SeenFiles, definition, write_report
from chalicelib.jobs.importing.values import Reader
from chalicelib.jobs.job import Job, Slice
from chalicelib.jobs.kind import Kind, Tools
from chalicelib.tracking.event import Event
from chalicelib.tracking.problems import Invalid
from chalicelib.tracking.reading import Arrival
from chalicelib.tracking.store import EventStore

PORTION: Final = 400  # events that are stored at once
MOST_ROWS: Final = 50_000  # of one slice, should time stand still


@dataclass
class Position:
    """Where a slice stands. offset: in the file; line: there. parts: files of remarks. as_of: as text."""

    layout: Layout
    as_of: str
    offset: int
    line: int
    listed: int = 0
    skipping: bool = False
    parts: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The job's cursor."""
        return {**vars(self), "layout": self.layout.as_json()}

    @classmethod
    def of_json(cls, held: Mapping[str, Any]) -> Position:
        """The position that `as_json` gave."""
        return cls(**{**held, "layout": Layout.of_json(held["layout"]), "parts": list(held["parts"])})


class Import:
    """The kind."""

    @property
    def request(self) -> type[ImportRequest]:
        """What may be asked."""
        return ImportRequest

    def work(self, request: ImportRequest, job: Job, tools: Tools) -> Slice:
        """Import rows until the slice's time is up or the file ends."""
        size = tools.files.size(request.file)
        if size is None or not request.file.startswith(FOLDER):
            raise Permanent("There is no such file. Upload it (POST /v1/imports/uploads), then import it.")
        if job.cursor is not None:
            position = Position.of_json(job.cursor)
        elif size:
            position = _beginning(request, tools)
        else:
            raise Permanent("The file is empty.")
        return _Work(request, job, tools, size, position).slice()


def _beginning(request: ImportRequest, tools: Tools) -> Position:
    options = request.options
    found = layout(tools.files.read(request.file, 0, HEAD), request.format, options.delimiter)
    as_of = options.as_of
    if as_of is None:
        content = tools.files.content_id(request.file)
        as_of = SeenFiles(tools.db).first_import(request.name, content, tools.now())
    return Position(found, times.text(as_of), found.start, found.lines + 1)


class _Work:
    """One slice."""

    def __init__(self, request: ImportRequest, job: Job, tools: Tools, size: int, position: Position) -> None:
        self.request, self.job, self.tools, self.size = request, job, tools, size
        self.at, self.begun = position, position.offset
        self.mapping = _compiled(request, position.layout)
        self.converter = Converter(request, self.mapping, position.as_of)
        self.events = EventStore(tools.db)
        self.portion: list[Event] = []
        self.counts: Counter[str] = Counter()
        self.saved: tuple[Position, Counter[str]] = (_copy(position), Counter())
        self.remarks: list[Remark] = []

    def slice(self) -> Slice:
        """Everything until the time is up; what was stored before a table stopped answering counts."""
        try:
            while self.at.offset < self.size and not self._enough():
                self._piece()
            self._store()
        except Transient:
            if self.saved[0].offset == self.begun:
                raise
        position, counts = self.saved
        position = self._keep_remarks(position)
        counts["bytes"] = position.offset - (0 if self.job.cursor is None else self.begun)
        over = position.offset >= self.size
        report = self._report(position, done=over)
        return Slice(None if over else position.as_json(), counts, report)

    def _enough(self) -> bool:
        return self.counts["rows"] >= MOST_ROWS or self.tools.time_is_up()

    def _piece(self) -> None:
        """The rows of the next piece."""
        data = self.tools.files.read(self.request.file, self.at.offset, PIECE)
        final = self.at.offset + len(data) >= self.size
        if self.at.skipping:
            self._skip(data)
            return
        base, before = self.at.offset, self.at.offset
        for stuck in (False, True):
            found = rows(data, self.at.layout, self.at.line, final=final, stuck=stuck)
            for group in _groups(found, self.mapping, final=final or stuck):
                self._row(group, base)
                if self._enough():
                    return
            if final:
                self.at.offset = self.size
                return
            if self.at.offset > before:
                return
        self._too_long(data)

    def _row(self, group: list[Row], base: int) -> None:
        first, last = group[0], group[-1]
        self.counts["rows"] += len(group)
        if first.fields is None:
            self._remark(remark(first.line, first.problem or "", first.raw))
        else:
            self._convert(first, group)
        self.at.offset, self.at.line = base + last.end, last.next_line
        if len(self.portion) >= PORTION:
            self._store()

    def _convert(self, first: Row, group: list[Row]) -> None:
        lines = [row.fields for row in group if row.fields]
        arrival = Arrival("import", self.job.requested_by, self.tools.now(), sum(len(row.raw) for row in group) * 4)
        try:
            self.portion += self.converter.events(first.fields or {}, lines, arrival)
        except RowProblem as problem:
            self._remark(remark(first.line, problem.what, first.raw, problem.column))
            return
        self.counts["imported"] += len(group)
        for column in self.converter.unread():
            what = "this is not a telephone number with its country; the rest of the row was imported"
            self._remark(remark(first.line, what, first.raw, column, imported=True))

    def _remark(self, made: Remark) -> None:
        self.counts["incomplete" if made.imported else "refused"] += 1
        if self.at.listed + len(self.remarks) < refused.MOST:
            self.remarks.append(made)

    def _store(self) -> None:
        if self.portion:
            stored = self.events.store(self.portion)
            self.counts["events"] += len(self.portion)
            self.counts["new"] += stored.new
            self.portion = []
        self.saved = (_copy(self.at), Counter(self.counts))

    def _too_long(self, data: bytes) -> None:
        """A row that is longer than a piece: refused, and the file read on behind its line's end."""
        self.counts["rows"] += 1
        text = data[: refused.LONGEST_RAW].decode("utf-8", "replace")
        self._remark(remark(self.at.line, f"longer than {PIECE} bytes", text))
        self.at.skipping = True
        self._skip(data)

    def _skip(self, data: bytes) -> None:
        end = line_end(data, self.at.layout)
        if end is not None:
            self.at.skipping, self.at.line = False, self.at.line + 1
        self.at.offset += len(data) if end is None else end

    def _keep_remarks(self, position: Position) -> Position:
        """The slice's remarks as a file of their own, named by where the slice began."""
        behind = position.line
        kept = [each for each in self.remarks if each.line < behind or position.offset >= self.size]
        if kept:
            key = f"{report_folder(self.job.id)}{self.begun:015}-{position.offset:015}.jsonl"
            self.tools.files.write(key, refused.json_lines(kept), "application/x-ndjson")
            position.parts.append(key)
            position.listed += len(kept)
        return position

    def _report(self, position: Position, *, done: bool) -> dict[str, Any]:
        said: dict[str, Any] = {"file": self.request.file, "size": self.size, "read": position.offset}
        said |= {"as_of": position.as_of, "remarks": position.listed}
        if done and position.parts:
            write_report(self.tools.files, self.job.id, position.parts)
        return said


def _copy(position: Position) -> Position:
    return Position.of_json(position.as_json())


def _compiled(request: ImportRequest, found: Layout) -> Compiled:
    try:
        raw = request.mapping
        wanted = definition(raw) if isinstance(raw, str) else Definition.model_validate(raw)
        options = request.options.model_copy(
            update={name: value for name, value in wanted.options.items() if getattr(request.options, name, 0) is None}
        )
        return compiled(wanted, found.columns, Reader(options))
    except (KeyError, Invalid) as unsound:
        raise Permanent("The mapping cannot be used any more; start the import again.") from unsound


def _groups(found: Iterator[Row], mapping: Compiled, *, final: bool) -> Iterator[list[Row]]:
    """Rows one by one, or, where the mapping groups them, those that follow one another and agree. The last group is
    whole only if the file ends with it."""
    if mapping.group is None:
        yield from ([row] for row in found)
        return
    group: list[Row] = []
    for row in found:
        if group and _differs(group[0], row, mapping):
            yield group
            group = []
        group.append(row)
    if group and final:
        yield group


def _differs(first: Row, row: Row, mapping: Compiled) -> bool:
    assert mapping.group is not None
    if first.fields is None or row.fields is None:
        return True
    wanted = mapping.group.of(first.fields)
    return wanted is None or bool(wanted != mapping.group.of(row.fields))


plugin: Kind[ImportRequest] = Import()
