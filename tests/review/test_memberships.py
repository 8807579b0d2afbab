"""Who is in which segment: entered on the event, left to the minute, and told with the right cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.customers.consent import IMPORTED
from chalicelib.customers.state import State
from chalicelib.customers.store import CustomerStore
from chalicelib.lifecycle.stage import DEFAULT
from chalicelib.review.advance import Rules
from chalicelib.review.roll import Roll
from infra.operate import Operator
from tests.customers.events import DAY, event, order
from tests.review.conditions import Conditioned
from tests.review.world import NOW

A_DAY = timedelta(days=1)
BUYERS = {"fact": "order_count", "at_least": 1}
RECENT = {"event": "Product Viewed", "within": "P7D"}
QUIET = {"not": {"event": "Product Viewed", "within": "P7D"}}
ITALIANS = {"trait": "country", "equals": "IT"}
SPENDERS = {"event": "Order Completed", "where": [{"property": "total", "at_least": 50}]}


def told(world: Conditioned) -> list[tuple[str, str]]:
    return [(what, cause) for what, cause, _ in world.turns()]


def test_an_event_lets_somebody_in() -> None:
    world = Conditioned({"buyers": BUYERS})
    world.come(event())
    assert world.segments() == set()
    world.come(order("1"))
    assert (world.segments(), told(world)) == ({"buyers"}, [("+buyers", "event")])
    (entered,) = world.state().memberships.values()
    assert entered == DAY.timestamp() // 60


def test_a_window_closes_at_its_moment() -> None:
    world = Conditioned({"recent": RECENT, "quiet": QUIET})
    world.come(event())
    assert world.segments() == {"recent"}
    closes = DAY + 7 * A_DAY
    assert world.state().due_at == closes
    world.look(closes - timedelta(milliseconds=1))
    assert world.segments() == {"recent"}
    world.look(closes)
    assert world.segments() == {"quiet"}
    assert world.turns()[1:] == [
        ("+quiet", "time", "2026-11-27T12:00:00.000Z"),
        ("-recent", "time", "2026-11-27T12:00:00.000Z"),
    ]


def test_an_event_pushes_the_moment_on_and_the_review_that_comes_early_sets_it() -> None:
    world = Conditioned({"recent": RECENT})
    world.come(event())
    world.come(event(at=DAY + 3 * A_DAY))
    assert world.state().due_at == DAY + 7 * A_DAY, "moving the date of the index would cost more than looking"
    world.look(DAY + 7 * A_DAY)
    assert (world.segments(), world.state().due_at) == ({"recent"}, DAY + 10 * A_DAY)
    assert told(world) == [("+recent", "event")]


def test_what_time_brought_is_told_as_that_even_where_an_event_makes_us_look() -> None:
    world = Conditioned({"recent": RECENT})
    world.come(event())
    world.come(event(at=DAY + 9 * A_DAY))
    assert told(world) == [("+recent", "event"), ("-recent", "time"), ("+recent", "event")]


def test_an_event_that_came_late_may_have_prevented_it() -> None:
    world = Conditioned({"recent": RECENT})
    world.come(event())
    world.come(event(at=DAY + 6 * A_DAY, received_at=DAY + 8 * A_DAY))
    assert (world.segments(), told(world)) == ({"recent"}, [("+recent", "event")])


def test_everything_that_time_brought_while_nobody_looked() -> None:
    """Each with its own moment, in order."""
    ninth = {"all": [QUIET, {"event": "Product Viewed", "within": "P9D"}]}
    world = Conditioned({"recent": RECENT, "cooling": ninth})
    world.come(event())
    world.look(DAY + 30 * A_DAY)
    assert [(what, at[:10]) for what, _, at in world.turns()[1:]] == [
        ("+cooling", "2026-11-27"),
        ("-recent", "2026-11-27"),
        ("-cooling", "2026-11-29"),
    ]
    assert world.state().conditions_at is None


def test_what_a_newcomer_never_did_holds_from_the_first_event_on() -> None:
    world = Conditioned({"never-bought": {"not": {"event": "Order Completed"}}, "no-country": {"not": ITALIANS}})
    world.come(event())
    assert told(world) == [("+never-bought", "event"), ("+no-country", "event")]
    world.come(event("Identify", at=DAY + A_DAY, traits={"country": "IT"}))
    assert told(world)[2:] == [("-no-country", "event")]


def test_a_newcomer_who_is_imported_enters_silently() -> None:
    world = Conditioned({"buyers": BUYERS, "never-viewed": {"not": {"event": "Product Viewed"}}})
    world.come(order("1", source=IMPORTED))
    assert set(told(world)) == {("+buyers", "import"), ("+never-viewed", "import")}


def test_what_is_published_later_is_silent_for_whoever_is_in_it_already() -> None:
    world = Conditioned({"anybody": {"fact": "order_count", "at_least": 0}})
    world.come(order("1"))
    world.publish("buyers", BUYERS)
    world.publish("twice", {"fact": "order_count", "at_least": 2})
    world.now += timedelta(minutes=1)
    world.come(order("2", at=DAY + timedelta(hours=2)))
    assert told(world)[1:] == [("+buyers", "definition"), ("+twice", "event")]


def test_the_job_tells_silently_and_writes_nobody_who_is_in_nothing_new() -> None:
    world = Conditioned()
    world.come(order("1"))
    world.publish("buyers", BUYERS)
    world.publish("others", {"fact": "order_count", "at_least": 9})
    assert world.rejudge() == "redated"
    assert (told(world), world.state().conditions_v) == ([("+buyers", "definition")], 2)
    world.publish("more", {"fact": "order_count", "at_least": 5})
    version = world.state().v
    assert (world.rejudge(), world.state().v) == ("same", version)


def test_whoever_was_in_a_segment_that_ended_is_out_of_it_and_nobody_is_told() -> None:
    world = Conditioned({"buyers": BUYERS, "anybody": {"fact": "order_count", "at_least": 0}})
    world.come(order("1"))
    world.publish("buyers", None)
    world.come(event(at=NOW), at=NOW + timedelta(minutes=1))
    assert len(world.state().memberships) == 1
    assert told(world) == [("+anybody", "event"), ("+buyers", "event")]


def test_a_segment_that_keeps_its_rule_keeps_its_members() -> None:
    world = Conditioned({"buyers": BUYERS})
    world.come(order("1"))
    version = world.store_of_conditions.live().v
    world.publish("buyers", BUYERS)
    assert world.store_of_conditions.live().v == version
    world.publish("buyers", {"fact": "order_count", "at_least": 3})
    world.rejudge()
    assert told(world) == [("+buyers", "event"), ("-buyers", "definition")]


def test_segments_of_segments_follow_at_once() -> None:
    world = Conditioned(
        {
            "a": {"all": [{"segment": "z"}, {"not": {"segment": "m"}}]},
            "m": {"fact": "order_count", "at_least": 2},
            "z": BUYERS,
        }
    )
    world.come(order("1"))
    assert world.segments() == {"a", "z"}
    world.come(order("2", at=DAY + timedelta(hours=1)))
    assert world.segments() == {"m", "z"}
    assert told(world) == [("+z", "event"), ("+a", "event"), ("+m", "event"), ("-a", "event")]


def test_a_stage_that_time_changed_moves_with_the_cause_of_that() -> None:
    world = Conditioned({"slipping": {"stage": ["waiting"]}})
    world.come(order("1"))
    world.look(DAY + 60 * A_DAY)
    assert world.turns() == [("+slipping", "time", "2027-01-19T12:00:00.000Z")]


@pytest.mark.parametrize("name", ["model", "settings"])
def test_another_model_or_setting_moves_silently(name: str) -> None:
    world = Conditioned({"slipping": {"stage": ["waiting"]}, "late": {"fact": "days_in_stage", "at_least": 3}})
    world.come(order("1"))
    world.now += 20 * A_DAY
    version = 10**16 if name == "model" else 10**8
    world.parameters = replace(DEFAULT, version=version, once_occasional_days=10)
    world.rejudge()
    assert ("+slipping", name) in told(world)


def test_history_is_read_for_a_rule_that_needs_it_and_for_no_other() -> None:
    world = Conditioned({"spenders": SPENDERS, "buyers": BUYERS, "recent": RECENT})
    world.come(event())
    assert world.reads == [], "no order, nothing to look at"
    world.come(order("1", total="20"))
    assert (world.reads, world.segments()) == ([(["u#ann"], ["Order Completed"])], {"buyers", "recent"})
    world.come(event(at=DAY + timedelta(minutes=1)))
    assert len(world.reads) == 1, "a page view concerns no rule about orders"
    world.come(order("2", at=DAY + timedelta(hours=1), total="60"))
    assert world.segments() == {"buyers", "recent", "spenders"}


def test_traits_are_read_only_for_rules_about_traits() -> None:
    world = Conditioned({"italians": {"all": [ITALIANS, BUYERS]}})
    world.come(event("Identify", traits={"country": "IT"}))
    assert world.segments() == set()
    world.come(order("1"))
    assert told(world) == [("+italians", "event")]


def test_an_identify_after_the_definition_is_the_event_that_let_her_in() -> None:
    world = Conditioned()
    world.come(event())
    world.publish("italians", ITALIANS)
    world.come(event("Identify", at=NOW, traits={"country": "IT"}))
    assert told(world) == [("+italians", "event")], "the traits of before did not match, so no definition let her in"


def test_a_merge_brings_what_the_other_did_silently() -> None:
    world = Conditioned({"viewers": {"event": "Product Viewed", "count": {"at_least": 2}}})
    world.come(event(user_id=None, anonymous_id="v"), event(at=DAY + A_DAY, user_id=None, anonymous_id="v"))
    assert world.segments("a#v") == {"viewers"}
    world.come(event("Identify", at=DAY + A_DAY, anonymous_id="v"))
    assert world.segments() == {"viewers"}
    assert world.effects()  # of both
    mine = [each for key, each in world.effects().items() if key.startswith("u#ann") and each["kind"] == "condition"]
    assert [(each["entered"], each["cause"]) for each in mine] == [(True, "merge")]


def test_a_rebuild_answers_the_same() -> None:
    world = Conditioned({"spenders": SPENDERS, "recent": RECENT, "italians": ITALIANS})
    world.come(event(), order("1", total="60"), event("Identify", traits={"country": "IT"}))
    before = world.state().memberships
    world.rebuild()
    assert (world.state().memberships, len(world.turns())) == (before, 3)


def test_a_worker_who_knows_less_than_the_one_before_asks_what_is_live() -> None:
    world = Conditioned({"buyers": BUYERS})
    old = world.rules()
    world.publish("spenders", SPENDERS)
    world.come(order("1", total="60"))
    late = order("2", at=DAY + timedelta(hours=1))
    world.project(world.store([late]), rules=old)
    assert world.segments() == {"buyers", "spenders"}
    assert world.state().conditions_v == 2


def test_nobody_is_told_where_nobody_listens() -> None:
    world = Conditioned({"buyers": BUYERS})
    deaf = replace(world.rules(), watched=frozenset())
    world.project(world.store([order("1")]), rules=deaf)
    assert (world.segments(), world.turns()) == ({"buyers"}, [])


def test_nothing_is_kept_where_nothing_is_live() -> None:
    world = Conditioned()
    world.come(order("1"))
    assert {"members", "cond_v", "cond_at"}.isdisjoint(world.state().to_item())
    assert Rules(DEFAULT).conditions.v == 0


def test_a_turn_that_is_taken_back_leaves_the_minute_of_before() -> None:
    """A late event prevented what time had done: she never left."""
    world = Conditioned({"recent": RECENT})
    world.come(event())
    (before,) = world.state().memberships.values()
    world.come(event(at=DAY + 6 * A_DAY, received_at=DAY + 8 * A_DAY))
    assert list(world.state().memberships.values()) == [before]


def test_two_hundred_segments_and_an_event_asks_those_that_mention_it(monkeypatch: pytest.MonkeyPatch) -> None:
    live: dict[str, Any] = {f"e{n}": {"event": f"Event {n}", "within": "P30D"} for n in range(150)}
    live |= {f"t{n}": {"trait": f"t{n}", "exists": True} for n in range(20)}
    live |= {f"o{n}": {"fact": "order_count", "at_least": n} for n in range(20)}
    live |= {f"s{n}": {"segment": f"e{n}"} for n in range(10)}
    world = Conditioned()
    for name, rule in live.items():
        world.store_of_conditions.register(f"segment/{name}", {f"segment/{name}": rule})
    world.come(event("Page"))
    asked = list[int]()
    judge = Roll._answer

    def counted(self: Roll, place: int, *args: object) -> bool:
        asked.append(place)
        return judge(self, place, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Roll, "_answer", counted)
    for one, count in ((event("Page", at=NOW), 0), (event("Event 3", at=NOW), 2), (order("9", at=NOW), 20)):
        asked.clear()
        world.come(one)
        assert len(asked) == count, one.name


def test_a_state_is_stored_and_read_with_its_memberships() -> None:
    state = State("u#ann", v=1, memberships={b"abcd": 29_000_000}, conditions_v=3, conditions_at=DAY)
    assert State.from_item(state.to_item()) == state
    assert len(state.to_item()["members"]) == 8


def test_an_account_that_changed_moves_its_members() -> None:
    """Ben's order makes the account a buyer, a minute later; ann, who did nothing, is in the segment by it."""
    world = Conditioned({"of-buyers": {"account": "order_count", "at_least": 1}})
    joins = [event("Group", DAY, user_id=who, group_id="acme", message_id=f"g-{who}") for who in ("ann", "ben")]
    world.come(*joins)
    account_is_due(world)
    assert world.segments() == set()
    world.come(order("1", at=NOW, user_id="ben"))
    account_is_due(world)
    assert (world.segments("u#ann"), world.segments("u#ben")) == ({"of-buyers"}, {"of-buyers"})
    assert {cause for _, cause in told(world)} == {"event"}


def account_is_due(world: Conditioned) -> None:
    """What follows the outbox marks the account, and the worker of the due index folds it."""
    CustomerStore(world.db).accounts.mark("acme", world.now)
    world.look(world.now + timedelta(minutes=1), "g#acme")


def test_a_rebuild_by_hand_judges_by_what_is_live() -> None:
    world = Conditioned({"buyers": BUYERS, "spenders": SPENDERS})
    world.come(order("1", total="60"))
    state = world.state()
    CustomerStore(world.db).save(replace(state, v=state.v + 1, memberships={}, fx=()))
    Operator(world.db).rebuild(["u#ann"], lambda share: None)
    assert world.segments() == {"buyers", "spenders"}
