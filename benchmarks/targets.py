"""How a benchmark ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def exit_status(missed: Sequence[str]) -> int:
    """Say which targets were missed; 0 if none was, else 1."""
    for target in missed:
        print(f"Target missed: {target}", file=sys.stderr)
    return 1 if missed else 0
