"""`make prove`: everything that the proof has, and its table in docs/RELIABILITY.md.

    python -m tests.proof.prove [--schedules N] [--from SEED] [--processes N] [--write]

Every fault at every call and at every two calls of one message and of one visit; many random schedules; and each guard
taken away. Ends with status 1 if anything was wrong or the lack of a guard was not noticed. A schedule follows from its
kind and seed alone: `python -m tests.proof KIND SEED [GUARD]` replays it.
"""

from __future__ import annotations

import argparse
import gc
import logging
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.sharedctypes import Synchronized
from typing import Final

from tests.proof import exhaustive, schedules, told
from tests.proof.guards import REMOVED

SCHEDULES: Final = 100_000
PROCESSES: Final = 2
PATIENCE: Final = 2_000
"""How many schedules the lack of a guard may stay unnoticed."""

_CHUNK: Final = 500
_SHOWN: Final = 20


@dataclass
class Part:
    """What some schedules came to. wrong: with what replays it. processor: seconds."""

    schedules: int = 0
    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    processor: float = 0.0

    def add(self, other: Part) -> None:
        """Another part beside this one."""
        self.schedules += other.schedules
        self.wrong += other.wrong
        self.counts += other.counts
        self.processor += other.processor


def _begin(started: Synchronized[int]) -> None:
    """In each process, which keeps to a processor of its own: its threads take turns and never run side by side, and
    a turn that goes over to another processor takes three times as long."""
    if hasattr(os, "sched_setaffinity"):
        with started.get_lock():
            number, started.value = started.value, started.value + 1
        own = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {own[number % len(own)]})
    logging.disable(logging.CRITICAL)  # they fail on purpose; saying so each time would take longer than they do
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def seeds(first: int, count: int) -> Part:
    """Random schedules, one after the other."""
    began, part = time.process_time(), Part()
    for seed in range(first, first + count):
        kind = schedules.kind_of(seed)
        verdict, _ = schedules.play(kind, seed)
        part.schedules += 1
        part.counts += verdict.counts
        part.counts[kind] += 1
        part.wrong += [f"python -m tests.proof {kind} {seed}: {each}" for each in verdict.wrong]
    part.processor = time.process_time() - began
    return part


def exhausted(subject: str, share: int, shares: int) -> Part:
    """Every n-th of the ways in which one message, or one visit, can go wrong."""
    began, part, play = time.process_time(), Part(), exhaustive.SUBJECTS[subject]
    for faults in islice(_ways(play), share, None, shares):
        part.schedules += 1
        said = {call: fault.value for call, fault in faults.items()}
        part.wrong += [f"{subject} {said}: {each}" for each in exhaustive.wrong(play, faults)]
    part.processor = time.process_time() - began
    return part


def _ways(play: exhaustive.Play) -> Iterator[exhaustive.Faults]:
    yield from exhaustive.once(play)
    yield from exhaustive.twice(play)


def without(number: int) -> told.Missing:
    """What the auditor says when a guard is missing."""
    guards = REMOVED[number]
    found = schedules.first_noticed(guards, PATIENCE)
    return told.Missing(guards.name, guards.means, guards.where, *(found or (None, "")))


def prove(count: int, first: int, processes: int) -> told.Proof:
    """All of it, in some processes."""
    began = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin, (context.Value("i", 0),)) as pool:
        missing = pool.map(without, range(len(REMOVED)))
        every = [(subject, share, processes) for subject in exhaustive.SUBJECTS for share in range(processes)]
        ways = pool.map(exhausted, *zip(*every, strict=True))
        chunks = [(at, min(_CHUNK, first + count - at)) for at in range(first, first + count, _CHUNK)]
        randomly = pool.map(seeds, *zip(*chunks, strict=True))
        guards = list(_shown(missing, "guards taken away", len(REMOVED)))
        exhausted_ = _sum(_shown(ways, "every fault at every call, and at every two", len(every)))
        random = _sum(_shown(randomly, f"{count:,} random schedules from seed {first:,}", len(chunks)))
    return told.Proof(
        random=(random.schedules, random.counts),
        ways=exhausted_.schedules,
        wrong=[*exhausted_.wrong, *random.wrong],
        missing=guards,
        first=first,
        seconds=time.monotonic() - began,
        processor=exhausted_.processor + random.processor,
        processes=processes,
    )


def _shown(found: Iterable[told.T], what: str, size: int) -> Iterator[told.T]:
    """The same, saying how far it has come where somebody looks on."""
    for number, each in enumerate(found, 1):
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{what}: {100 * number // size} %")
            sys.stderr.flush()
        yield each
    sys.stderr.write(f"\r{what}: done \n")


def _sum(parts: Iterable[Part]) -> Part:
    total = Part()
    for part in parts:
        total.add(part)
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.prove", description="Run the proof.")
    parser.add_argument("--schedules", type=int, default=SCHEDULES, help="how many random ones (%(default)s)")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first seed (%(default)s)")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--write", action="store_true", help="write the tables of docs/RELIABILITY.md")
    asked = parser.parse_args(arguments)
    proof = prove(asked.schedules, asked.first, asked.processes)
    sys.stdout.write(f"{told.tables(proof)}\n")
    sys.stderr.writelines(f"WRONG {each}\n" for each in proof.wrong[:_SHOWN])
    sys.stderr.writelines(f"NOT NOTICED: {lack.name} was taken away\n" for lack in proof.missing if lack.seed is None)
    if asked.write and proof.holds:
        told.write(proof)
    sys.stdout.write(f"{proof.seconds:.0f} s, {proof.processor:.0f} s of processors\n")
    return 0 if proof.holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
