"""Open intents: a cart, a checkout, a trial, a quote that somebody began and has not finished, by kind.

Of each kind there is one. Its events are a *run*: they follow each other before it would have expired, and nothing has
closed it in between. A run is closed by the events that the vocabulary says, and every kind by a conversion. What was
last said of a thing counts, by the time of the event and, at one moment, by what was said; so the facts do not depend
on the order of arrival. An event between the first and the last of a run that closes it, or one just before a run
where another was before that, cannot be added to what is kept: `NeedsRebuild`. In the order of time that never happens,
and whether it does depends on what is kept only, not on what else comes with it.

A product taken out of a cart is out, whatever the quantity. The last 12 products spoken of are told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from chalicelib import times
from chalicelib.customers.money import amount, currency_code, first_amount
from chalicelib.customers.rebuilding import NeedsRebuild
from chalicelib.customers.vocabulary import DEFAULT, Vocabulary
from chalicelib.ids import digest
from chalicelib.times import EPOCH, after_epoch, milliseconds
from chalicelib.tracking.event import Event

MOST_LINES: Final = 12
LONGEST: Final = 60  # characters of what it is, and of a product's id; a longer id is kept as its digest
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)

_DAWN: Final = datetime(2000, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_WORTH: Final = ("value", "total", "subtotal", "revenue", "amount")
_WHAT: Final = ("name", "trial_plan_name", "plan", "product", "title", "quote_id", "product_id", "sku")
_UNTIL: Final = ("trial_end_date", "expires_at", "valid_until", "expires")
_PRODUCT: Final = ("product_id", "sku", "id", "variant_id", "name")
_MOST_PRODUCTS: Final = 200
_EVERY: Final = ""  # the key of closings that close every kind

Money = tuple[datetime, Decimal, str]
"""When it was said, how much, in which currency ("" where none was named)."""


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """What was last said of one product: when, whether it is in, and what it is worth."""

    at: datetime
    inside: bool
    worth: Decimal = Decimal(0)
    currency: str = ""


_NO_LINES: Final[Mapping[str, Line]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Run:
    """One intent of one kind.

    since, last_at: its first and its last event. expires: when it ends if nothing follows.
    before:  the last event before `since` that may belong to it, should one between them turn up.
    opened:  one of its events opens it by itself; otherwise it is open while there is a line inside.
    base:    when all that is in it was last said at once; earlier lines are void.
    what, said, until: the last words on what it is, what it is worth, and until when it stands.
    """

    since: datetime
    last_at: datetime
    expires: datetime
    before: datetime | None = None
    opened: bool = False
    base: datetime | None = None
    what: tuple[datetime, str] | None = None
    said: Money | None = None
    until: tuple[datetime, datetime] | None = None
    lines: Mapping[str, Line] = field(default_factory=lambda: _NO_LINES)

    @property
    def inside(self) -> tuple[Line, ...]:
        """The lines of what is in it."""
        return tuple(line for line in self.lines.values() if line.inside)

    @property
    def unfinished(self) -> bool:
        """Whether it is open, as long as it has not expired."""
        return self.opened or any(line.inside for line in self.lines.values())

    @property
    def worth(self) -> Mapping[str, Decimal]:
        """By currency: what was said of the whole, or, if more was put in since, the sum of what is in it."""
        newest = max((line.at for line in self.lines.values()), default=EPOCH)
        if self.said is not None and self.said[0] >= newest:
            return {self.said[2]: self.said[1]}
        sums: dict[str, Decimal] = {}
        for line in self.inside:
            if line.worth:
                sums[line.currency] = sums.get(line.currency, Decimal(0)) + line.worth
        return dict(sorted(sums.items()))


_NO_RUNS: Final[Mapping[str, Run]] = MappingProxyType({})
_NO_CLOSINGS: Final[Mapping[str, datetime]] = MappingProxyType({})


@dataclass(frozen=True)
class Intents:
    """runs: by kind. closed: by kind, and under "" for every kind, when it was last closed."""

    runs: Mapping[str, Run] = field(default_factory=lambda: _NO_RUNS)
    closed: Mapping[str, datetime] = field(default_factory=lambda: _NO_CLOSINGS)

    def open_at(self, now: datetime) -> tuple[tuple[str, Run], ...]:
        """Those that are open at a moment, the one last touched first."""
        held = [(kind, run) for kind, run in self.runs.items() if run.unfinished and now < run.expires]
        return tuple(sorted(held, key=lambda one: (one[1].last_at, one[0]), reverse=True))


@dataclass(frozen=True, slots=True)
class _Word:
    """What one event says of one kind; `role` as in IntentKind."""

    at: datetime
    kind: str
    role: str
    properties: Mapping[str, Any]

    @property
    def closes(self) -> bool:
        """Whether nothing that happened until then is open any more: it says so, or shows that it is empty."""
        return self.role == "closes" or (self.role == "sees" and self.properties.get("products") == [])


class Draft:
    """Intents that are being added to."""

    def __init__(self, known: Intents, vocabulary: Vocabulary = DEFAULT) -> None:
        self._known = known
        self._vocabulary = vocabulary
        self._words: list[_Word] = []

    def add(self, event: Event, own: bool) -> None:
        """Add what an event says; it need not be activity of one's own: a shop reports carts, too."""
        if event.type != "track" or event.at < _DAWN:
            return
        name = event.name.casefold()
        if name in self._vocabulary.orders:
            self._words.append(_Word(event.at, _EVERY, "closes", {}))
        for kind, role in self._vocabulary.said_of_intents.get(name, ()):
            self._words.append(_Word(event.at, kind, role, event.properties))

    def finished(self) -> Intents:
        """NeedsRebuild for a word that lies within what is known, or before it where something else does."""
        if not self._words:
            return self._known
        runs, closed = dict(self._known.runs), dict(self._known.closed)
        for word in sorted((word for word in self._words if word.closes), key=lambda word: word.at, reverse=True):
            closed[word.kind] = max(closed.get(word.kind, word.at), word.at)
            for kind in [word.kind] if word.kind else list(runs):
                _close(runs, kind, word.at)
        for kind, about in self._vocabulary.intents.items():
            done = max(closed.get(kind, EPOCH), closed.get(_EVERY, EPOCH))
            words = [word for word in self._words if word.kind == kind and not word.closes and word.at > done]
            if words:
                runs[kind] = _added(runs.get(kind), words, timedelta(days=about.expires_days))
        return Intents(dict(sorted(runs.items())), dict(sorted(closed.items())))


def _close(runs: dict[str, Run], kind: str, at: datetime) -> None:
    run = runs.get(kind)
    if run is None:
        return
    if at >= run.last_at:
        del runs[kind]
    elif at >= run.since:
        raise NeedsRebuild(f"something closed a {kind} within what is known of it")
    elif run.before is not None and run.before <= at:
        runs[kind] = replace(run, before=None)


def _added(run: Run | None, words: Sequence[_Word], span: timedelta) -> Run:
    """The run with words that nothing has closed: later ones in the order of time, those before it from it backwards,
    so that what they are does not depend on which of them is added first."""
    ordered = sorted(words, key=lambda word: word.at)
    later = 0
    if run is not None:
        start = run.since
        later = sum(word.at < start for word in ordered)
        for word in reversed(ordered[:later]):
            run = _preceded(run, word, span)
    for word in ordered[later:]:
        if run is None or word.at > run.last_at + span:
            run = Run(word.at, word.at, word.at, before=None if run is None else run.last_at)
        run = _touched(run, word, span)
    assert run is not None
    return run


def _preceded(run: Run, word: _Word, span: timedelta) -> Run:
    """The run with a word that is earlier than all of it."""
    if word.at >= run.since - span and (run.before is None or word.at > run.before):
        if run.before is not None:
            raise NeedsRebuild("what was begun before may be the same")
        return _touched(run, word, span)
    return replace(run, before=max(run.before or word.at, word.at))


def _touched(run: Run, word: _Word, span: timedelta) -> Run:
    since, last_at = min(run.since, word.at), max(run.last_at, word.at)
    what, money, until = _what(word), _money(word), _until(word)
    run = replace(
        run,
        since=since,
        last_at=last_at,
        opened=run.opened or word.role == "opens",
        what=max(run.what or what, what) if what else run.what,
        said=max(run.said or money, money) if money else run.said,
        until=max(run.until or until, until) if until else run.until,
    )
    run = _with_lines(run, word)
    return replace(run, expires=run.until[1] if run.until else min(last_at + span, LATEST))


def _with_lines(run: Run, word: _Word) -> Run:
    base, lines = run.base, dict(run.lines)
    listed = word.properties.get("products")
    if word.role in ("opens", "sees") and isinstance(listed, list):
        base = max(base or word.at, word.at)
        products: list[Any] = listed[:_MOST_PRODUCTS]
    else:
        products = [word.properties] if word.role in ("adds", "removes") else []
    for id, line in _lines(products, word):
        lines[id] = max(lines.get(id, line), line)
    valid = [(id, line) for id, line in lines.items() if base is None or line.at >= base]
    kept = sorted(valid, key=lambda one: (one[1], one[0]))[-MOST_LINES:]
    return replace(run, base=base, lines=dict(sorted(kept)))


def _lines(products: Iterable[Any], word: _Word) -> Iterator[tuple[str, Line]]:
    spoken = currency_code(word.properties.get("currency")) or ""
    for product in products:
        if isinstance(product, Mapping):
            price, quantity = amount(product.get("price")), amount(product.get("quantity", 1))
            worth = amount(price * quantity) if price is not None and quantity is not None else None
            inside = word.role != "removes" and quantity != 0
            currency = currency_code(product.get("currency")) or spoken
            if not inside or worth is None or worth <= 0:
                worth, currency = Decimal(0), ""
            yield _id(product), Line(word.at, inside, worth, currency)


def _id(product: Mapping[str, Any]) -> str:
    id = next((text for name in _PRODUCT if (text := _text(product.get(name)))), "")
    return id if len(id) <= LONGEST and id.isascii() and id.isprintable() else digest(id)


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**30 else ""
    return value.strip() if isinstance(value, str) else ""


def _what(word: _Word) -> tuple[datetime, str] | None:
    if word.role == "removes":
        return None
    text = next((text for name in _WHAT if (text := _text(word.properties.get(name)))), "")
    return (word.at, text[:LONGEST]) if text else None


def _money(word: _Word) -> Money | None:
    if word.role in ("adds", "removes"):
        return None
    money = first_amount(word.properties, _WORTH)
    currency = currency_code(word.properties.get("currency")) or ""
    return (word.at, money, currency) if money is not None and money > 0 else None


def _until(word: _Word) -> tuple[datetime, datetime] | None:
    told = (moment(word.properties.get(name)) for name in _UNTIL)
    return next(((word.at, at) for at in told if at is not None), None)


def moment(value: object) -> datetime | None:
    """A time that a property says, RFC 3339 or a date; None for what is none, or beyond the calendar."""
    if not isinstance(value, str) or not 10 <= len(value) <= 40:
        return None
    try:
        at = times.parse(value if len(value) > 10 else f"{value}T00:00:00Z")
    except ValueError:
        return None
    return at if _DAWN <= at < LATEST else None


def united(many: Iterable[Intents]) -> Intents:
    """The intents of several people together: of each kind one, which is open while anybody's is."""
    runs: dict[str, Run] = {}
    for one in many:
        for kind, run in one.runs.items():
            if run.unfinished:
                runs[kind] = _together(runs[kind], run) if kind in runs else run
    return Intents(dict(sorted(runs.items())))


def _together(one: Run, other: Run) -> Run:
    last = max(one, other, key=lambda run: (run.last_at, repr((run.what, run.said, run.until, run.base))))
    lines = dict(one.lines)
    for id, line in other.lines.items():
        lines[id] = max(lines.get(id, line), line)
    kept = sorted(lines.items(), key=lambda held: (held[1], held[0]))[-MOST_LINES:]
    return replace(
        last,
        since=min(one.since, other.since),
        expires=max(one.expires, other.expires),
        opened=one.opened or other.opened,
        before=None,
        lines=dict(sorted(kept)),
    )


def pack(intents: Intents) -> Any:
    """`[{kind: run}, {kind: ms}]`; None for none. A run: `[since, last, expires, before, opened, base, [ms, what],
    [ms, worth, currency], [ms, until], {id: [ms, in, worth, currency]}]`. Times after the first are counted from it,
    `base` from one before it; 0 is none, and what is 0 or empty at the end is left out."""
    if not intents.runs and not intents.closed:
        return None
    runs = {kind: _packed(run) for kind, run in intents.runs.items()}
    return [runs, {kind: milliseconds(at) for kind, at in intents.closed.items()}] if intents.closed else [runs]


def _packed(run: Run) -> list[Any]:
    start = milliseconds(run.since)

    def after(at: datetime) -> int:
        return milliseconds(at) - start

    held: list[Any] = [
        start,
        after(run.last_at),
        after(run.expires),
        after(run.before) if run.before else 0,
        int(run.opened),
        after(run.base) + 1 if run.base else 0,
        [after(run.what[0]), run.what[1]] if run.what else 0,
        _trimmed([after(run.said[0]), _money_text(run.said[1]), run.said[2]]) if run.said else 0,
        [after(run.until[0]), after(run.until[1])] if run.until else 0,
        {
            id: _trimmed([after(line.at), int(line.inside), _money_text(line.worth), line.currency])
            for id, line in run.lines.items()
        },
    ]
    return _trimmed(held)


def unpack(held: Any) -> Intents:
    """What `pack` wrote."""
    runs = {kind: _unpacked(*run) for kind, run in held[0].items()}
    return Intents(runs, {kind: after_epoch(ms) for kind, ms in held[1].items()} if len(held) > 1 else {})


def _unpacked(
    start: int,
    last: int = 0,
    expires: int = 0,
    before: int = 0,
    opened: int = 0,
    base: int = 0,
    what: Any = 0,
    said: Any = 0,
    until: Any = 0,
    lines: Mapping[str, Any] | None = None,
) -> Run:
    return Run(
        since=after_epoch(start),
        last_at=after_epoch(start + last),
        expires=after_epoch(start + expires),
        before=after_epoch(start + before) if before else None,
        opened=bool(opened),
        base=after_epoch(start + base - 1) if base else None,
        what=(after_epoch(start + what[0]), what[1]) if what else None,
        said=_unpacked_money(start, *said) if said else None,
        until=(after_epoch(start + until[0]), after_epoch(start + until[1])) if until else None,
        lines={id: _unpacked_line(start, *line) for id, line in (lines or {}).items()},
    )


def _unpacked_money(start: int, ms: int, money: str = "", currency: str = "") -> Money:
    return after_epoch(start + ms), Decimal(money or 0), currency


def _unpacked_line(start: int, ms: int, inside: int = 0, worth: str = "", currency: str = "") -> Line:
    return Line(after_epoch(start + ms), bool(inside), Decimal(worth or 0), currency)


def _trimmed(held: list[Any]) -> list[Any]:
    while len(held) > 1 and not held[-1]:
        held.pop()
    return held


def _money_text(money: Decimal) -> str:
    return format(money.normalize(), "f") if money else ""
