"""What may be said of a failure where people read it: its kind and its place.

Not its message: that may hold what a customer sent, and neither logs nor parked events may.
"""

from __future__ import annotations

import traceback
from typing import Final

_OURS: Final = "chalicelib"


def why(error: BaseException) -> str:
    """`ValueError in chalicelib/times.py:33`: the kind, and the last place of ours that it came through."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if f"/{_OURS}/" in frame.filename]
    kind = type(error).__name__
    if not frames:
        return kind
    file = frames[-1].filename.rpartition(f"/{_OURS}/")[2]
    return f"{kind} in {_OURS}/{file}:{frames[-1].lineno}"
