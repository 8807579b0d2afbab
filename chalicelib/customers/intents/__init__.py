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

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.customers.intents.packed import pack, unpack
from chalicelib.customers.intents.run import MOST_LINES, Intents, Line, Run, united
from chalicelib.customers.intents.word import Word
from chalicelib.customers.moments import DAWN, LATEST
from chalicelib.customers.rebuilding import NeedsRebuild
from chalicelib.customers.vocabulary import DEFAULT, Vocabulary
from chalicelib.times import EPOCH
from chalicelib.tracking.event import Event

__all__ = ["MOST_LINES", "Draft", "Intents", "Line", "Run", "pack", "united", "unpack"]

_EVERY: Final = ""  # the key of closings that close every kind


class Draft:
    """Intents that are being added to."""

    def __init__(self, known: Intents, vocabulary: Vocabulary = DEFAULT) -> None:
        self._known = known
        self._vocabulary = vocabulary
        self._words: list[Word] = []

    def add(self, event: Event, own: bool) -> None:
        """Add what an event says; it need not be activity of one's own: a shop reports carts, too."""
        if event.type != "track" or event.at < DAWN:
            return
        name = event.name.casefold()
        if name in self._vocabulary.orders:
            self._words.append(Word(event.at, _EVERY, "closes", {}))
        for kind, role in self._vocabulary.said_of_intents.get(name, ()):
            self._words.append(Word(event.at, kind, role, event.properties))

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


def _added(run: Run | None, words: Sequence[Word], span: timedelta) -> Run:
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


def _preceded(run: Run, word: Word, span: timedelta) -> Run:
    """The run with a word that is earlier than all of it."""
    if word.at >= run.since - span and (run.before is None or word.at > run.before):
        if run.before is not None:
            raise NeedsRebuild("what was begun before may be the same")
        return _touched(run, word, span)
    return replace(run, before=max(run.before or word.at, word.at))


def _touched(run: Run, word: Word, span: timedelta) -> Run:
    since, last_at = min(run.since, word.at), max(run.last_at, word.at)
    what, worth, until = word.what, word.worth, word.until
    run = replace(
        run,
        since=since,
        last_at=last_at,
        opened=run.opened or word.role == "opens",
        what=max(run.what or what, what) if what else run.what,
        said=max(run.said or worth, worth) if worth else run.said,
        until=max(run.until or until, until) if until else run.until,
    )
    run = _with_lines(run, word)
    return replace(run, expires=run.until[1] if run.until else min(last_at + span, LATEST))


def _with_lines(run: Run, word: Word) -> Run:
    lines = dict(run.lines)
    base = run.base if word.listed is None else max(run.base or word.at, word.at)
    for id, line in word.lines():
        lines[id] = max(lines.get(id, line), line)
    valid = [(id, line) for id, line in lines.items() if base is None or line.at >= base]
    kept = sorted(valid, key=lambda one: (one[1], one[0]))[-MOST_LINES:]
    return replace(run, base=base, lines=dict(sorted(kept)))
