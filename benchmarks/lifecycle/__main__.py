"""`make bench-lifecycle`: see the package."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import lifecycle
from benchmarks.lifecycle import accuracy, robust, speed, stages
from benchmarks.lifecycle.shops import shops
from benchmarks.targets import exit_status

PARTS = ("accuracy", "robust", "stages", "speed")


def main(arguments: list[str]) -> int:
    """Measure the parts named; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.lifecycle",
        description=lifecycle.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="where the UCI file is")
    parser.add_argument("--shop", action="append", default=[], metavar="NAME=FILE", help="a shop of your own")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    parts = chosen.parts or PARTS
    own = [(name, Path(file)) for name, _, file in (each.partition("=") for each in chosen.shop)]
    known = list(shops(chosen.data, own))
    if not known:
        print("nothing measured: no shop's history is there")
        return 0
    missed: list[str] = []
    if "accuracy" in parts:
        missed += accuracy.summary(accuracy.measure(known))
    if "robust" in parts:
        missed += robust.subsamples(known)
        missed += robust.others()
    if "stages" in parts:
        missed += stages.measure(known)
    if "speed" in parts:
        missed += speed.measure(known)
    return exit_status(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
