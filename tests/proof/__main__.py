"""python -m tests.proof SEED [GUARD]: replay one schedule and print what happened."""

from __future__ import annotations

import sys

from tests.proof import simulation
from tests.proof.guards import ALL, REMOVED


def main() -> int:
    seed, without = int(sys.argv[1]), " ".join(sys.argv[2:])
    guards = next((each for each in REMOVED if each.name == without), ALL)
    verdict, made = simulation.random(seed, guards)
    report = [*made.log, f"guards: {guards.name}", *(f"{n:4d} {name}" for name, n in sorted(verdict.counts.items()))]
    sys.stdout.write("\n".join([*report, *(f"WRONG {wrong}" for wrong in verdict.wrong), ""]))
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
