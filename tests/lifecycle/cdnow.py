"""The CDNOW sample as customers of (x, t_x, T) in weeks; see cdnow_sample.md."""

from __future__ import annotations

import csv
import gzip
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    repeats: int
    last: float  # weeks
    age: float  # weeks
    repeat_revenue: float
    revenue: float


@cache
def sample() -> tuple[Row, ...]:
    """The 2,357 customers."""
    with gzip.open(Path(__file__).with_name("cdnow_sample.csv.gz"), "rt", encoding="utf-8", newline="") as text:
        return tuple(
            Row(
                int(row["repeats"]),
                int(row["last_day"]) / 7,
                int(row["age_days"]) / 7,
                float(row["repeat_revenue"]),
                float(row["revenue"]),
            )
            for row in csv.DictReader(text)
        )
