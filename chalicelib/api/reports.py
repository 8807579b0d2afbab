"""Reports: figures about everybody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from pydantic import Field

from chalicelib import wiring
from chalicelib.api.customers import Model, Moment
from chalicelib.api.http import Request, Routes
from chalicelib.lifecycle.rules import Stage

READ: Final = "reports:read"

routes: Final = Routes("reports")


class StageCount(Model):
    """How many customers stand in one stage."""

    stage: Stage
    customers: int
    share: float = Field(description="Of all customers, 0 to 1; 0 when there are none.")


class LifecycleReport(Model):
    """Everybody by stage. Counted from an index at `as_of`; behind by moments."""

    as_of: Moment
    customers: int
    stages: list[StageCount] = Field(description="All nine, from Ghost to Lost.")


@routes.endpoint("GET", "/v1/reports/lifecycle", scope=READ, response=LifecycleReport)
def read_lifecycle_report(request: Request) -> LifecycleReport:
    """How many customers stand in each of the nine stages."""
    perennial = wiring.perennial()
    with ThreadPoolExecutor(max_workers=len(Stage)) as pool:
        counts = dict(zip(Stage, pool.map(perennial.customers.count_in_stage, Stage), strict=True))
    total = sum(counts.values())
    return LifecycleReport(
        as_of=perennial.now(),
        customers=total,
        stages=[
            StageCount(stage=stage, customers=count, share=round(count / total, 4) if total else 0.0)
            for stage, count in counts.items()
        ],
    )
