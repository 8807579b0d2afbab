"""What becomes of enrolments when their customer turns out to be somebody: one goes on, in the order of entering."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib.journeys.enrolment import Enrolment, entered
from chalicelib.journeys.joined import KEYED, ONCE, Terms, counts, move
from tests.customers.events import DAY

HOUR = timedelta(hours=1)


def row(customer: str, entry: str = "t1", hours: int = 0, status: str = "active") -> Enrolment:
    made = entered(customer, "course", 1, entry, {"id": entry}, DAY + hours * HOUR)
    return replace(made, v=3, status=status, due_at=DAY + 9 * HOUR if status == "active" else None)  # type: ignore[arg-type]


def alone(enrolment: Enrolment) -> Terms:
    return Terms(alone=True)


def many(enrolment: Enrolment) -> Terms:
    return Terms(alone=False)


def test_an_enrolment_goes_on_with_its_origin_and_its_date() -> None:
    theirs = row("a#x")
    moved = move("u#ann", [], theirs, alone)
    assert moved.goes_on == replace(theirs, customer="u#ann", v=1)
    ((before, after),) = moved.ends
    assert (before, after.status, after.reason, after.due_at, after.v) == (theirs, "exited", "merged", None, 4)
    assert after.became == theirs.key
    assert not counts(after)


def test_of_two_in_one_journey_the_first_goes_on() -> None:
    earlier, later = row("a#x", "t1", 0), row("u#ann", "t2", 1)
    moved = move("u#ann", [later], earlier, alone)
    assert moved.goes_on is not None
    assert [(before.customer, after.reason) for before, after in moved.ends] == [("u#ann", "merged"), ("a#x", "merged")]
    kept = move("u#ann", [replace(later, entered_at=DAY - HOUR)], earlier, alone)
    assert kept.goes_on is None
    assert [(before.customer, after.became) for before, after in kept.ends] == [("a#x", "")]


def test_a_journey_that_runs_for_every_order_runs_for_each() -> None:
    moved = move("u#ann", [row("u#ann", "t2", -1)], row("a#x", "t1"), many)
    assert moved.goes_on is not None
    assert len(moved.ends) == 1
    same = move("u#ann", [row("u#ann", "t1", -1)], row("a#x", "t1"), many)
    assert same.goes_on is None, "one trigger is one entry"


def test_who_has_been_through_a_journey_that_is_entered_once_has_been_through_it() -> None:
    done = row("a#x", ONCE, 0, "done")
    moved = move("u#ann", [row("u#ann", ONCE, 1)], done, many)
    assert moved.goes_on is not None
    assert (moved.goes_on.status, moved.goes_on.key) == ("done", f"course#once-{done.origin[:12]}")
    assert [after.customer for _, after in moved.ends] == ["u#ann", "a#x"]
    later = replace(moved.goes_on, customer="u#ann")
    assert counts(later)
    assert move("u#ann", [later], row("a#y", ONCE, 2), many).goes_on is None


def test_what_is_over_stays_where_it_is() -> None:
    assert move("u#ann", [], row("a#x", "t1", 0, "done"), alone).ends == ()


def test_whoever_is_in_a_journey_for_one_key_is_in_it_for_another() -> None:
    hers, theirs = row("u#ann", KEYED + "1", -1), row("a#x", KEYED + "2")
    assert move("u#ann", [hers], theirs, many).goes_on is not None
    assert move("u#ann", [replace(hers, entry=theirs.entry)], theirs, many).goes_on is None
    done = replace(theirs, status="done", due_at=None)
    assert counts(done), "the same cart lets nobody in again"
    assert move("u#ann", [], done, many).goes_on is not None


def test_of_two_of_one_group_the_one_of_higher_priority_goes_on() -> None:
    hers, theirs = replace(row("u#ann", "t2", -1), journey="other"), row("a#x", "t1")

    def of(other: int, course: int) -> tuple[bool, int]:
        terms = {"other": Terms(False, "one-at-a-time", other), "course": Terms(False, "one-at-a-time", course)}
        moved = move("u#ann", [hers], theirs, lambda enrolment: terms[enrolment.journey])
        return moved.goes_on is not None, len(moved.ends)

    assert of(other=50, course=60) == (True, 2), "it goes on, and hers ends"
    assert of(other=60, course=50) == (False, 1)
    assert of(other=50, course=50) == (False, 1), "hers was entered first"
