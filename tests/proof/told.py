"""What the proof came to, in words: the tables of docs/RELIABILITY.md."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from tests.proof.faults import Fault

T = TypeVar("T")

DOCUMENT: Final = Path(__file__).parent.parent.parent / "docs" / "RELIABILITY.md"
BEGIN, END = "<!-- made by `make prove` -->", "<!-- until here -->"
AROUND: Final = (
    "a queue delivers what was done again",
    "a queue delivers to two workers at once",
    "a message is lost before it was in the queue",
    "deliveries change places",
    "two workers overlap at every call",
    "the due index misses what is new, and shows what has moved on",
    "workers' clocks differ by up to five minutes",
    "a report of SES is lost",
    "a report of SES comes twice, or minutes late",
    "a stream's batch comes again hours later",
    "a client sends again, at another time",
    "somebody withdraws consent meanwhile",
    "marketing is paused meanwhile",
)
"""What goes wrong in the world around the workers, beside the faults of single calls."""

_PROMISES: Final = {"lost": "lost", "double": "sent or counted twice", "unpermitted": "without permission"}


@dataclass(frozen=True)
class Missing:
    """A guard that was taken away. seed: of the first schedule in which it showed, None if in none; says: what the
    auditor said of it."""

    name: str
    means: str
    where: str
    seed: int | None
    says: str


@dataclass(frozen=True)
class Proof:
    """random: how many schedules, and what became of their messages. ways: exhaustive schedules. wrong: broken
    promises, with what replays each. seconds: by the clock on the wall; processor: of all processes."""

    random: tuple[int, Mapping[str, int]]
    ways: int
    wrong: Sequence[str] = ()
    missing: Sequence[Missing] = ()
    first: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    processes: int = 1
    kinds: int = field(default=len(Fault) - 1 + len(AROUND))

    @property
    def holds(self) -> bool:
        """Nothing was wrong, and the lack of each guard was noticed."""
        return not self.wrong and all(each.seed is not None for each in self.missing)

    def broken(self, promise: str) -> int:
        """How often a promise was broken: `lost`, `double`, `unpermitted`."""
        return sum(f": {promise}: " in each for each in self.wrong)


def bound(schedules: int) -> float:
    """The rule of three: what was seen in none of so many schedules happens, with 95 % confidence, in fewer than this
    share of them."""
    return 3 / schedules


def tables(proof: Proof) -> str:
    """In Markdown."""
    count, ended = proof.random
    rows = [
        f"| random schedules, seeds {proof.first:,} to {proof.first + count - 1:,} | {count:,} |",
        f"| of them from the ledger to the mailbox, and from an event to the ledger | {ended.get('messages', 0):,}, "
        f"{ended.get('intake', 0):,} |",
        f"| ways in which one message or one visit goes wrong once or twice, all of them | {proof.ways:,} |",
        f"| kinds of fault | {proof.kinds} |",
        *(f"| {words} | {proof.broken(promise):,} |" for promise, words in _PROMISES.items()),
        f"| so each of these happens in at most (95 % confidence, rule of three) | 1 of {count // 3:,} schedules |",
        f"| messages that left | {ended.get('sent', 0):,} |",
        f"| not sent, with the reason | {_sum(ended, 'skipped'):,} |",
        f"| marketing without an answer or a report: assumed to have left | {ended.get('sent:assumed_sent', 0):,} |",
        f"| of these in truth not | {ended.get('assumed, never left', 0):,} |",
        "| receipts that left twice, because answer and reports of the first were lost | "
        f"{ended.get('second receipt, explained', 0):,} |",
    ]
    guards = [f"| {each.name} | {each.means} | {_noticed(each)} |" for each in proof.missing]
    return "\n".join(
        [
            "| `make prove` | |",
            "|---|---:|",
            *rows,
            "",
            "| taken away | what then happens | the auditor said first |",
            "|---|---|---|",
            *guards,
            "",
        ]
    )


def write(proof: Proof) -> None:
    """Put the tables between the marks of the document. ValueError if the marks are not there."""
    before, begin, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT} has no place for the tables: {BEGIN} and {END}")
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{tables(proof)}\n{END}{after}", encoding="utf-8")


def _sum(ended: Mapping[str, int], status: str) -> int:
    return sum(count for name, count in ended.items() if name.partition(":")[0] == status)


def _noticed(each: Missing) -> str:
    if each.seed is None:
        return "nothing"
    says = re.sub(r"\s+", " ", each.says).replace("|", "/")
    return f"`{each.where} {each.seed}`: {says}"
