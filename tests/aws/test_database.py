"""The contract of `Database`: the fake and DynamoDB (in moto) must agree on every line of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from chalicelib.aws.database import (
    ABSENT,
    AtMost,
    Below,
    Check,
    ConditionFailed,
    Database,
    Delete,
    Item,
    OneOf,
    Put,
    Update,
    When,
    Write,
)


def item(sk: str, **attributes: object) -> Item:
    return {"pk": "u#1", "sk": sk, **attributes}


def test_what_is_put_is_got(database: Database) -> None:
    kept = item(
        "state",
        text="è 🌱",
        whole=7,
        money=Decimal("12.30"),
        nothing=None,
        yes=True,
        raw=b"\x00\xff",
        nested={"list": [1, "two", {"three": 3}]},
    )
    database.put("customers", kept)
    assert database.get("customers", "u#1", "state") == kept


def test_a_missing_item_is_none(database: Database) -> None:
    assert database.get("customers", "nobody", "state") is None


def test_several_items_are_got_at_once_those_that_there_are(database: Database) -> None:
    for sk in ("a", "b", "c"):
        database.put("customers", item(sk))
    got = database.get_all("customers", [("u#1", "c"), ("u#1", "a"), ("u#1", "a"), ("u#2", "a")])
    assert sorted(each["sk"] for each in got) == ["a", "c"]
    assert database.get_all("customers", []) == []


def test_a_float_is_refused(database: Database) -> None:
    with pytest.raises(TypeError, match="float"):
        database.put("customers", item("state", churn=0.5))


CONDITIONS: list[tuple[str, Item | None, When, bool]] = [
    ("absent item", None, {"pk": ABSENT}, True),
    ("present item", item("state"), {"pk": ABSENT}, False),
    ("absent attribute", item("state"), {"owner": ABSENT}, True),
    ("equal version", item("state", v=3), {"v": 3}, True),
    ("another version", item("state", v=4), {"v": 3}, False),
    ("a version of nothing", None, {"v": 3}, False),
    ("one of", item("state", status="retry"), {"status": OneOf("planned", "retry")}, True),
    ("none of", item("state", status="sent"), {"status": OneOf("planned", "retry")}, False),
    ("one of, absent", item("state"), {"status": OneOf("planned")}, False),
    ("below", item("state", at="2026-01-01"), {"at": Below("2026-01-02")}, True),
    ("not below", item("state", at="2026-01-02"), {"at": Below("2026-01-02")}, False),
    ("at most", item("state", at="2026-01-02"), {"at": AtMost("2026-01-02")}, True),
    ("below, absent", item("state"), {"at": Below("2026-01-02")}, False),
    ("all must hold", item("state", v=3, status="sent"), {"v": 3, "status": "planned"}, False),
]


@pytest.mark.parametrize(("standing", "when", "allowed"), [c[1:] for c in CONDITIONS], ids=[c[0] for c in CONDITIONS])
def test_a_write_happens_only_under_its_condition(
    database: Database, standing: Item | None, when: When, allowed: bool
) -> None:
    if standing is not None:
        database.put("customers", standing)
    if allowed:
        database.put("customers", item("state", new=True), when=when)
        assert database.get("customers", "u#1", "state") == item("state", new=True)
    else:
        with pytest.raises(ConditionFailed) as failed:
            database.put("customers", item("state", new=True), when=when)
        assert failed.value.item == standing
        assert database.get("customers", "u#1", "state") == standing


def test_an_update_sets_removes_and_answers_the_whole_item(database: Database) -> None:
    database.put("sends", item("send", status="planned", due_at="2026-01-01", owner="me"))
    after = database.update("sends", "u#1", "send", set={"status": "sent"}, remove=["due_at", "never_there"])
    assert after == item("send", status="sent", owner="me")
    assert database.get("sends", "u#1", "send") == after


def test_an_update_of_nothing_makes_the_item_unless_forbidden(database: Database) -> None:
    with pytest.raises(ConditionFailed) as failed:
        database.update("sends", "u#1", "send", set={"status": "sent"}, when={"status": "planned"})
    assert failed.value.item is None
    assert database.update("sends", "u#1", "send", set={"status": "sent"}) == item("send", status="sent")


def test_an_insert_is_first_wins(database: Database) -> None:
    assert database.insert_all("events", [item("a", n=1), item("b", n=1)]) == [True, True]
    assert database.insert_all("events", [item("b", n=2), item("c", n=2)]) == [False, True]
    assert database.get("events", "u#1", "b") == item("b", n=1)
    assert database.insert_all("events", []) == []


def test_deleting(database: Database) -> None:
    database.put("events", item("a", n=1))
    with pytest.raises(ConditionFailed):
        database.delete("events", "u#1", "a", when={"n": 2})
    database.delete("events", "u#1", "a", when={"n": 1})
    database.delete("events", "u#1", "a")
    assert database.get("events", "u#1", "a") is None


def test_a_partition_is_read_in_order_and_in_pages(database: Database) -> None:
    database.insert_all("events", [item(sk) for sk in ("b", "a", "stage#2", "stage#1", "c")])
    database.insert_all("events", [{"pk": "u#2", "sk": "a"}])

    def keys(**how: object) -> list[str]:
        return [found["sk"] for found in database.query("events", "u#1", **how).items]  # type: ignore[arg-type]

    assert keys() == ["a", "b", "c", "stage#1", "stage#2"]
    assert keys(descending=True, limit=2) == ["stage#2", "stage#1"]
    assert keys(prefix="stage#") == ["stage#1", "stage#2"]
    assert keys(after="b") == ["c", "stage#1", "stage#2"]
    first = database.query("events", "u#1", limit=3)
    assert first.next is not None
    rest = database.query("events", "u#1", start=first.next)
    assert [found["sk"] for found in [*first.items, *rest.items]] == keys()
    assert rest.next is None


def test_an_index_holds_only_what_has_its_attributes(database: Database) -> None:
    database.put("customers", item("state", due_shard="07", due_at="2026-01-02"))
    database.put("customers", {"pk": "u#2", "sk": "state", "due_shard": "07", "due_at": "2026-01-01"})
    database.put("customers", {"pk": "u#3", "sk": "state", "due_shard": "08", "due_at": "2026-01-01"})
    database.put("customers", {"pk": "u#4", "sk": "state"})
    due = database.query_index("customers", "due", "07")
    assert due.items == [
        {"pk": "u#2", "sk": "state", "due_shard": "07", "due_at": "2026-01-01"},
        {"pk": "u#1", "sk": "state", "due_shard": "07", "due_at": "2026-01-02"},
    ]
    until = database.query_index("customers", "due", "07", until="2026-01-01")
    assert [found["pk"] for found in until.items] == ["u#2"]
    first = database.query_index("customers", "due", "07", limit=1)
    second = database.query_index("customers", "due", "07", start=first.next)
    assert [found["pk"] for found in second.items] == ["u#1"]
    assert database.count_index("customers", "due", "07") == 2
    assert database.count_index("customers", "due", "63") == 0
    database.update("customers", "u#2", "state", set={}, remove=["due_shard", "due_at"])
    assert database.count_index("customers", "due", "07") == 1


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    database.put("customers", item("!permit", version=4))
    writes: list[Write] = [
        Put("sends", item("send", status="claimed"), when={"pk": ABSENT}),
        Update("customers", "u#1", "state", set={"v": 1}),
        Check("customers", "u#1", "!permit", when={"version": 5}),
        Delete("work", "u#1", "job"),
    ]
    with pytest.raises(ConditionFailed) as failed:
        database.transact(writes)
    assert failed.value.item == item("!permit", version=4)
    assert database.get("sends", "u#1", "send") is None
    database.put("customers", item("!permit", version=5))
    database.transact(writes)
    assert database.get("sends", "u#1", "send") == item("send", status="claimed")
    assert database.get("customers", "u#1", "state") == item("state", v=1)


def test_a_scan_meets_everybody_once(database: Database) -> None:
    database.insert_all("customers", [{"pk": f"u#{n}", "sk": "state"} for n in range(10)])
    found = [i["pk"] for segment in range(3) for i in database.scan("customers", segment=segment, segments=3).items]
    assert sorted(found) == [f"u#{n}" for n in range(10)]


def test_a_part_of_a_scan_is_decided_by_the_hash_key_and_brings_what_was_asked_for(database: Database) -> None:
    for n in range(10):
        database.insert_all("customers", [{"pk": f"u#{n}", "sk": sk} for sk in ("state", "profile", "stage#1")])
    parts = [database.scan("customers", segment=segment, segments=4).items for segment in range(4)]
    people = [{i["pk"] for i in part} for part in parts]
    assert sum(map(len, people)) == len(set.union(*people)) == 10, "nobody is in two parts"
    assert [len(part) for part in parts] == [3 * len(each) for each in people]
    states = [database.scan("customers", segment=segment, segments=4, sk="state").items for segment in range(4)]
    assert [{i["pk"] for i in part} for part in states] == people
    assert {i["sk"] for part in states for i in part} == {"state"}


def test_a_transaction_counts_what_happens_in_it(database: Database) -> None:
    def counted(sk: str) -> list[Write]:
        count = Update("work", "counts", "day", set={"expires": 9}, add={"lead>new": 2, "new>lead": 1})
        return [Put("customers", item(sk), when={"pk": ABSENT}), count]

    database.transact(counted("once"))
    with pytest.raises(ConditionFailed):
        database.transact(counted("once"))
    database.transact(counted("twice"))
    kept = {"pk": "counts", "sk": "day", "expires": 9, "lead>new": 4, "new>lead": 2}
    assert database.get("work", "counts", "day") == kept


def test_numbers_are_added_from_nothing_on(database: Database) -> None:
    assert database.add("work", "activity", "hour", {"events": 2}) == {"pk": "activity", "sk": "hour", "events": 2}
    added = database.add("work", "activity", "hour", {"events": 3, "parked_too_long": 1}, set={"last": "now"})
    assert added == {"pk": "activity", "sk": "hour", "events": 5, "parked_too_long": 1, "last": "now"}
    assert database.get("work", "activity", "hour") == added
