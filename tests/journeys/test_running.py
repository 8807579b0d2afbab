"""A journey that runs: new versions, pauses, ends. Nothing is sent twice by any of them, and everything is counted."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import resources
from chalicelib.jobs.job import Job
from chalicelib.jobs.kind import Around, Tools
from chalicelib.jobs.kinds import settle
from chalicelib.journeys.enrolment import Enrolment
from chalicelib.journeys.publish import Publisher
from chalicelib.journeys.running import Inside, Meanwhile
from chalicelib.journeys.schedule.store import ScheduleStore
from chalicelib.journeys.send import Status
from chalicelib.journeys.stats import Standing
from chalicelib.journeys.stats.store import StatStore
from chalicelib.journeys.store import JourneyStore, TemplateStore
from chalicelib.journeys.template import parse as template
from chalicelib.review.store import WatchList
from chalicelib.segments.conditions.store import ConditionStore
from chalicelib.tracking.problems import Invalid
from tests.fakes.database import MemoryDatabase
from tests.fakes.files import MemoryFiles
from tests.fakes.secrets import MemorySecrets
from tests.journeys.definitions import journey, send, wait
from tests.journeys.world import WHO, World
from tests.segments.people import DAY, NOW

OLD = journey(send("hello"), wait("days", "P3D"), send("nudge"), wait("more", "P3D"), send("last"))
OTHER = {"when": {"stage": ["hero"]}}


class Shop(World):
    """A world with templates and a publisher."""

    db: MemoryDatabase

    def __init__(self) -> None:
        super().__init__(MemoryDatabase())
        self.stats = StatStore(self.db)
        self.conditions = ConditionStore(self.db, lambda: self.now)
        self.watch = WatchList(self.db, lambda: self.now)
        journeys, templates = JourneyStore(self.db), TemplateStore(self.db)
        schedules = ScheduleStore(self.db)
        self.publisher = Publisher(journeys, templates, self.watch, self.conditions, self.stats, schedules)
        for step in ("hello", "nudge", "last", "extra"):
            made = template({"name": f"{step}-mail", "class": "marketing", "subject": "x", "text": "x"})
            templates.put(made.name, "x", made.body(), NOW, in_force=True)
        self.customer()

    def version(self, plan: Any, inside: Inside = "stay") -> None:
        """Put and publish the next version; every worker knows a minute later."""
        pointer = JourneyStore(self.db).put(plan.name, plan.title, plan.body(), self.now)
        self.publisher.publish(plan.name, pointer.latest, self.now, inside)
        self.later(timedelta(minutes=1))

    def held(self, span: timedelta, meanwhile: Meanwhile) -> None:
        """Pause it for so long, with the ticks that come, and resume it."""
        self.publisher.pause("trial", self.now)
        end = self.now + span
        while self.now < end:
            self.walk(min(self.now + timedelta(hours=7), end))
        self.publisher.resume("trial", meanwhile, self.now)
        self.later(timedelta(minutes=1))

    def later(self, span: timedelta) -> None:
        self.now += span

    def until(self, moment: Any) -> None:
        """Tick every few hours until then."""
        while self.now < moment:
            self.walk(min(self.now + timedelta(hours=5), moment))

    def row(self) -> Enrolment:
        """As it counts."""
        (row,) = self.engine.enrolments.of(WHO)
        return self.engine.settle(row)

    def settle(self) -> Counter[str]:
        """What the job that follows a change does."""
        files, secrets, around = MemoryFiles(), MemorySecrets(), Around(engine=lambda: self.engine)
        tools = Tools(self.db, files, self.queues, secrets, lambda: self.now, self.now + DAY, around)
        request = settle.Request(journey="trial", changed_at=self.now - DAY)
        return Counter(settle.plugin.work(request, Job.new("settle", {}, "test", self.now), tools).counts)

    def audit(self) -> None:
        """No step twice, and the figures are what the rows say."""
        rows = self.db.items(resources.SENDS)
        assert max(Counter((row["pk"], row["step"]) for row in rows).values(), default=1) == 1
        enrolments = [Enrolment.from_item(item) for item in self.db.items(resources.ENROLMENTS) if item["sk"][0] != "!"]
        counted = self.stats.of("trial")
        inside = Counter(row.version for row in enrolments if row.active)
        assert {v: one.inside for v, one in self.stats.standing("trial").items() if one.inside} == dict(inside)
        assert sum(numbers.get(":entered", 0) for numbers in counted.values()) == len(enrolments)
        ended = Counter(
            end for numbers in counted.values() for end in ("done", "left") for _ in range(numbers.get(f":{end}", 0))
        )
        assert ended == Counter("done" if row.status == "done" else "left" for row in enrolments if not row.active)
        planned = sum(n for numbers in counted.values() for name, n in numbers.items() if name.endswith(":planned"))
        assert planned == len(rows)


@pytest.fixture
def shop() -> Shop:
    made = Shop()
    made.version(OLD)
    made.identified()
    return made


def test_publishing_listens_before_it_is_live_and_forgets_whom_nobody_needs(shop: Shop) -> None:
    waits = {"id": "u", "do": "wait_until", "rule": {"stage": ["hero"]}, "within": "P9D"}
    shop.version(journey(waits, goal=OTHER, exit_when={"stage": ["lost"]}, trigger={"on": "overdue"}))
    names = {condition.name for condition in shop.conditions.live().conditions}
    assert names == {f"journey/trial/2/{what}" for what in ("trigger", "goal", "exit", "wait/u")}
    assert {f"condition: {name}" for name in names} <= shop.watch.names()
    shop.version(OLD, "leave")
    assert shop.conditions.live().conditions == ()


def test_those_inside_are_counted_before(shop: Shop) -> None:
    assert shop.stats.standing("trial") == {1: Standing(1, {"days": 1})}
    short = journey(send("hello"), wait("other", "P1D"))
    JourneyStore(shop.db).put("trial", "Trial", short.body(), shop.now)
    (one,) = shop.publisher.would_change("trial", 2)
    assert (one.version, one.inside, one.would_leave, one.missing) == (1, 1, 1, {"days": 1})


def test_those_inside_stay_with_what_they_entered(shop: Shop) -> None:
    shop.version(journey(send("hello"), wait("days", "P1D"), send("extra")), "stay")
    shop.until(NOW + 8 * DAY)
    assert shop.steps() == ["hello", "nudge", "last"]
    shop.audit()


@pytest.mark.parametrize("job", [False, True])
def test_those_inside_move_by_the_id_of_their_step(shop: Shop, job: bool) -> None:
    shop.later(DAY)
    shop.version(journey(send("hello"), wait("days", "P2D"), send("extra")), "move")
    if job:
        assert shop.settle() == {"moved": 1}
        assert shop.settle() == {"same": 1}
        shop.until(NOW + 2 * DAY + timedelta(minutes=5))
        assert shop.steps() == ["hello", "extra"], "two days after it was entered"
    shop.until(NOW + 4 * DAY)
    assert shop.steps() == ["hello", "extra"]
    assert (shop.row().version, shop.row().status) == (2, "done")
    shop.audit()


def test_who_stands_at_a_step_that_is_gone_leaves(shop: Shop) -> None:
    shop.version(journey(send("hello"), wait("other", "P2D"), send("extra")), "move")
    assert (shop.row().status, shop.row().reason) == ("exited", "step days is not in version 2")
    assert shop.settle() == {"left": 1}
    shop.until(NOW + 9 * DAY)
    assert shop.steps() == ["hello"]
    shop.audit()


@pytest.mark.parametrize("job", [False, True])
def test_those_inside_leave_and_the_new_version_spares_its_own(shop: Shop, job: bool) -> None:
    shop.version(journey(send("hello"), wait("days", "P1D"), send("extra")), "leave")
    shop.customer("u#2")
    shop.identified("u#2")
    if job:
        assert shop.settle() == {"left": 1, "same": 1}
    shop.until(NOW + 9 * DAY)
    assert (shop.steps(), shop.steps("u#2")) == (["hello"], ["hello", "extra"])
    shop.audit()


@pytest.mark.parametrize(
    ("meanwhile", "steps", "sent_at"),
    [
        ("send", ["hello", "nudge", "last"], 6),
        ("replan", ["hello", "nudge", "last"], 8),
        ("skip", ["hello", "last"], 9),
    ],
)
def test_what_falls_due_in_a_pause(shop: Shop, meanwhile: Meanwhile, steps: list[str], sent_at: int) -> None:
    shop.later(DAY)
    shop.held(5 * DAY, meanwhile)  # from the first day to the sixth; the wait was over on the third
    shop.settle()
    shop.until(NOW + 20 * DAY)
    sends = shop.sends()
    assert [one.step for one in sends if one.status is Status.PLANNED] == steps
    assert (sends[-1 if meanwhile == "skip" else 1].planned_at - NOW).days == sent_at
    skipped = [(one.step, one.reason) for one in sends if one.status is Status.SKIPPED]
    assert skipped == ([("nudge", "fell_due_in_a_pause")] if meanwhile == "skip" else [])
    assert (shop.row().status, shop.row().fell_due) == ("done", None)
    shop.audit()


def test_what_does_not_fall_due_in_a_pause_is_as_it_was(shop: Shop) -> None:
    shop.held(DAY, "replan")
    shop.until(NOW + 3 * DAY + timedelta(hours=1))
    assert shop.steps() == ["hello", "nudge"]


def test_in_a_pause_nobody_enters_and_goals_are_heard(shop: Shop) -> None:
    shop.version(journey(send("hello"), wait("days", "P3D"), goal={"when": {"event": "Order Completed"}}), "move")
    shop.settle()
    shop.publisher.pause("trial", shop.now)
    shop.later(timedelta(minutes=1))
    shop.customer("u#2")
    assert shop.identified("u#2") == []
    said = {"id": "event#1", "kind": "event", "name": "Order Completed", "properties": {}}
    assert [one.outcome for one in shop.effect(said)] == ["goal"]
    shop.audit()


def test_what_somebody_waits_for_in_a_pause_is_kept(shop: Shop) -> None:
    waits = {"id": "days", "do": "wait_until", "event": "Order Completed", "within": "P30D"}
    shop.version(journey(send("hello"), waits, send("extra")), "move")
    shop.settle()
    shop.publisher.pause("trial", shop.now)
    shop.later(timedelta(minutes=1))
    said = {"id": "event#1", "kind": "event", "name": "Order Completed", "properties": {}}
    assert [one.outcome for one in shop.effect(said)] == ["kept"]
    assert shop.effect(said) == []
    shop.until(shop.now + DAY)
    assert shop.steps() == ["hello"]
    shop.publisher.resume("trial", "replan", shop.now)
    shop.later(timedelta(minutes=1))
    shop.until(shop.now + DAY)
    assert shop.steps() == ["hello", "extra"]
    shop.audit()


@pytest.mark.parametrize("job", [False, True])
def test_whoever_is_inside_leaves_when_it_is_stopped(shop: Shop, job: bool) -> None:
    shop.publisher.stop("trial", shop.now)
    shop.later(timedelta(minutes=1))
    assert (shop.row().status, shop.row().reason) == ("exited", "the journey was stopped")
    if job:
        assert shop.settle() == {"left": 1}
    with pytest.raises(Invalid):
        shop.publisher.resume("trial", "send", shop.now)
    shop.publisher.publish("trial", 1, shop.now)
    shop.later(timedelta(minutes=1))
    shop.customer("u#2")
    shop.identified("u#2")
    shop.until(NOW + 9 * DAY)
    assert (shop.steps(), shop.steps("u#2")) == (["hello"], ["hello", "nudge", "last"])
    assert [one.outcome for one in shop.identified()] == ["already_entered"], "once is once"
    shop.audit()


def test_no_more_versions_stay_inhabited_than_a_container_reads(shop: Shop) -> None:
    for number in range(2, 12):
        plan = journey(send("hello"), wait("days", f"P{number}D"))
        if number == 11:
            with pytest.raises(Invalid, match="10 versions"):
                shop.version(plan)
            shop.version(plan, "move")
        else:
            shop.version(plan)
            shop.customer(f"u#{number}")
            shop.identified(f"u#{number}")
    shop.settle()
    assert shop.stats.standing("trial")[11].inside == 10
