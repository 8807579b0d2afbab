"""What an export asks of the tables: docs/AUDIENCES.md reckons with it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from chalicelib import resources
from chalicelib.aws.database import Item
from tests.fakes.database import MemoryDatabase
from tests.fakes.platforms import Fakes, over_fakes
from tests.flow.story import says

PEOPLE = 40


class Counting(MemoryDatabase):
    """Tables that count the reads of customers, by what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: Counter[str] = Counter()

    def get(self, table: str, pk: str, sk: str, *, consistent: bool = True) -> Item | None:
        if table == resources.CUSTOMERS:
            self.reads[sk] += 1
        return super().get(table, pk, sk, consistent=consistent)


def test_a_member_costs_three_reads_and_others_none() -> None:
    with over_fakes() as world:
        assert isinstance(world.platform, Fakes)
        for number in range(PEOPLE):
            traits: dict[str, Any] = {"email": f"p{number}@example.com", "phone": f"+4072123{number:04d}"}
            says(world, "identify", f"p{number}", traits=traits | {"vip": number % 2 == 0})
        world.settle()
        for number in range(PEOPLE):
            said = {"action": "subscribe", "channel": "advertising", "source": "test"}
            world.ask("POST", f"/v1/customers/p{number}/consents", said)
        vip = {"title": "VIP", "rule": {"trait": "vip", "equals": True}}
        assert world.ask("PUT", "/v1/segments/vip", vip).status == 200
        world.wait(timedelta(minutes=1))
        world.settle()
        world.ask("PUT", "/v1/audiences/vip", {"title": "VIP", "network": "google", "segments": ["vip"]})
        counting = Counting()
        counting.__dict__ |= {**world.platform.db.__dict__, "reads": counting.reads}
        world.containers["work_jobs"].db = counting
        job = world.ask("POST", "/v1/audiences/vip/exports", {}).json()["id"]
        world.settle()
        assert world.ask("GET", f"/v1/jobs/{job}").json()["counts"]["people"] == PEOPLE // 2
        assert counting.reads == {"profile": PEOPLE // 2, "!suppressed": PEOPLE}
