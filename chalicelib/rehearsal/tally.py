"""What the diaries of many customers come to for one journey: sums that can be added to, and kept as JSON between two
slices of a job. What is bounded: journeys, steps, reasons and days; never customers. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chalicelib.rehearsal.diary import Diary, Line
from chalicelib.rehearsal.overlaps import overlaps

MOST_REASONS: Final = 40
DAILY: Final = ("entered", "sent", "held", "skipped", "goal")
_OTHER: Final = "other reasons"


@dataclass
class Tally:
    """One journey's.

    counts:   customers rehearsed; those who entered; entered, done, left, goal (times); inside (at the end).
    squares:  of what each customer adds to `entered` and `sent`: from them follows how far a sample may be off.
    steps:    step to what happened there: entered, sent, `held <reason>`, `skipped <reason>`, `outcome <word>`.
    refused, left: by reason. channels: messages sent, by channel. value: of goals, by currency.
    days:     `2026-11-22` to how much of each of DAILY.
    others:   journey to how it met with this one: customers, same_day, gave_way (overlaps.py).
    """

    journey: str
    counts: Counter[str] = field(default_factory=Counter)
    squares: Counter[str] = field(default_factory=Counter)
    steps: dict[str, Counter[str]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    value: dict[str, float] = field(default_factory=dict)
    days: dict[str, Counter[str]] = field(default_factory=dict)
    others: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, diary: Diary) -> None:
        """One customer more."""
        ours = [line for line in diary if line.journey == self.journey]
        self.counts["customers"] += 1
        if not ours:
            return
        for line in ours:
            self._line(line)
        self._steps(ours)
        entered, sent = (sum(line.what == what for line in ours) for what in ("entered", "sent"))
        over = sum(line.what in ("left", "done") for line in ours)
        self.counts["who_entered"] += entered > 0
        self.counts["inside"] += max(0, entered - over)
        self.squares.update({"entered": entered**2, "sent": sent**2})
        for other, met in overlaps(self.journey, diary).items():
            self.others.setdefault(other, Counter()).update(met)

    def _line(self, line: Line) -> None:
        if line.what in DAILY:
            self.days.setdefault(f"{line.at:%Y-%m-%d}", Counter())[line.what] += 1
        if line.what == "refused":
            _count(self.refused, line.why)
            return
        if line.what != "passed":
            self.counts[line.what] += 1
        if line.what == "left":
            _count(self.left, line.why)
        if line.what == "sent":
            self.channels[line.channel] += 1
        if line.what == "goal" and line.value is not None:
            self.value[line.currency] = self.value.get(line.currency, 0.0) + line.value

    def _steps(self, ours: Iterable[Line]) -> None:
        """A step that waits is passed twice by one enrolment, and was entered once."""
        met = set[tuple[str, str]]()
        for line in ours:
            if not line.step:
                continue
            at = self.steps.setdefault(line.step, Counter())
            if line.what == "passed":
                at["entered"] += (line.origin, line.step) not in met
                met.add((line.origin, line.step))
                if line.outcome:
                    _count(at, f"outcome {line.outcome}")
            elif line.what == "sent":
                at["sent"] += 1
            else:
                _count(at, f"{line.what} {line.why}")

    @classmethod
    def united(cls, each: Iterable[Tally]) -> Tally:
        """What several lanes of one journey come to together."""
        first, *others = each
        for other in others:
            for name in _COUNTED:
                getattr(first, name).update(getattr(other, name))
            for name in (*_NESTED, "days"):
                for key, held in getattr(other, name).items():
                    getattr(first, name).setdefault(key, Counter()).update(held)
            for currency, value in other.value.items():
                first.value[currency] = first.value.get(currency, 0.0) + value
        return first

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {
            "journey": self.journey,
            **{name: dict(getattr(self, name)) for name in (*_COUNTED, "value")},
            **{name: {key: dict(held) for key, held in getattr(self, name).items()} for name in _NESTED},
            "days": {day: [held[what] for what in DAILY] for day, held in sorted(self.days.items())},
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Tally:
        """What `as_json` wrote."""
        made = cls(said["journey"], value=dict(said["value"]))
        for name in _COUNTED:
            setattr(made, name, Counter(said[name]))
        for name in _NESTED:
            setattr(made, name, {key: Counter(held) for key, held in said[name].items()})
        made.days = {day: Counter(dict(zip(DAILY, held, strict=True))) for day, held in said["days"].items()}
        return made


_COUNTED: Final = ("counts", "squares", "refused", "left", "channels")
_NESTED: Final = ("steps", "others")


def _count(by: Counter[str], reason: str) -> None:
    """One more; reasons are few, and what a definition makes many of is together."""
    by[reason if reason in by or len(by) < MOST_REASONS else _OTHER] += 1
