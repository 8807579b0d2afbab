"""python -m tests.proof KIND SEED [GUARD]: replay one schedule (`messages` or `intake`) and print what happened."""

from __future__ import annotations

import logging
import sys

from tests.proof import schedules
from tests.proof.guards import ALL, REMOVED


def main() -> int:
    """The exit status: 1 if anything was wrong."""
    kind, seed, without = sys.argv[1], int(sys.argv[2]), " ".join(sys.argv[3:])
    if kind not in schedules.KINDS:
        sys.exit(f"there is no {kind}; there are {', '.join(schedules.KINDS)}")
    guards = next((each for each in REMOVED if each.name == without), ALL)
    logging.disable(logging.CRITICAL)
    verdict, log = schedules.play(kind, seed, guards)
    report = [*log, f"guards: {guards.name}", *(f"{n:4d} {name}" for name, n in sorted(verdict.counts.items()))]
    sys.stdout.write("\n".join([*report, *(f"WRONG {wrong}" for wrong in verdict.wrong), ""]))
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
