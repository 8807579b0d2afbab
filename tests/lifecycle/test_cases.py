"""The specification of the stages, case by case. All times are days before TODAY (15 June 2026, noon)."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest

from chalicelib.customers.facts import Consent, Facts
from chalicelib.customers.intent import intent_weight
from chalicelib.lifecycle.explain import sentence
from chalicelib.lifecycle.stage import DEFAULT, Parameters, Stage, judge
from tests.lifecycle.people import TODAY, ago, every, person

CART = intent_weight("Product Added")
VIEW = intent_weight("Product Viewed")
TRIAL = intent_weight("Trial Started")
BY_WORTH = replace(DEFAULT, hero_value=500.0)
TICKED = {"email": Consent(granted=True, at=ago(1), message_id="tick")}
GHOST, NEW, LEAD, WAITING, OCCASIONAL, REPEAT, HERO, AT_RISK, LOST = Stage
MONTHLY = every(30, 5, 335)  # twelve orders in the last year


class Case(NamedTuple):
    who: str
    facts: Facts
    stage: Stage
    then: Stage | None
    rule: str
    parameters: Parameters = DEFAULT
    identified: bool = True


CASES = [
    # nobody knows who it is
    Case("a visitor", person(visits=[1]), GHOST, None, "ghost.anonymous", identified=False),
    Case("an unknown buyer", person(orders=[1]), GHOST, None, "ghost.anonymous", identified=False),
    Case("nobody, ever", Facts(), GHOST, None, "ghost.anonymous", identified=False),
    # without an order
    Case("a name on a list", Facts(), LOST, None, "quiet.unknown"),
    Case("a tick in the newsletter's box", Facts(consent=TICKED), NEW, WAITING, "new.identified"),
    Case("signed up today", person(visits=[0], identified=0), NEW, WAITING, "new.identified"),
    Case("imported, never seen", person(identified=2), NEW, WAITING, "new.identified"),
    Case("signed up last week", person(visits=[7], identified=7), WAITING, AT_RISK, "quiet.warm"),
    Case("known by events only", person(visits=[3]), NEW, WAITING, "new.identified"),
    Case("new, one product seen", person(wanted={0: VIEW}, identified=0), NEW, WAITING, "new.identified"),
    Case("new, with a cart", person(wanted={0: CART}, identified=0), LEAD, WAITING, "lead.interest"),
    Case("new, cart of five days", person(wanted={5: CART}, identified=5), LEAD, WAITING, "lead.interest"),
    Case("five products in a day", person(wanted={1: 5 * VIEW}, identified=40), LEAD, WAITING, "lead.interest"),
    Case("cart of three weeks", person(wanted={21: CART}, identified=40), WAITING, AT_RISK, "quiet.warm"),
    Case("trial of ten days", person(wanted={10: TRIAL}, identified=10), LEAD, WAITING, "lead.interest"),
    Case("a crawler's day", person(wanted={29: 5000}, identified=60), WAITING, AT_RISK, "quiet.warm"),
    Case("reader who never buys", person(visits=[1, 5, 9], identified=200), LEAD, WAITING, "lead.returning"),
    Case("reader of last month", person(visits=[16, 20, 24], identified=99), WAITING, AT_RISK, "quiet.warm"),
    Case("three times in one day", person(visits=[1, 1.01, 1.02], identified=99), WAITING, AT_RISK, "quiet.warm"),
    Case("quiet for six weeks", person(visits=[42], identified=99), AT_RISK, LOST, "quiet.cooling"),
    Case("quiet for half a year", person(visits=[182], identified=300), LOST, None, "quiet.cold"),
    Case("only order given back", person(orders=[9], cancelled=[9]), WAITING, AT_RISK, "quiet.warm"),
    # one order
    Case("bought today", person(orders=[0]), OCCASIONAL, WAITING, "once.fresh"),
    Case("one big order", person(orders=[20], each="9000"), OCCASIONAL, WAITING, "once.fresh"),
    Case("split shipment", person(orders=[20, 19, 18, 17]), OCCASIONAL, WAITING, "once.fresh"),
    Case("a free sample", person(orders=[20], each="0"), OCCASIONAL, WAITING, "once.fresh"),
    Case("bought 100 days ago", person(orders=[100]), WAITING, AT_RISK, "once.open"),
    Case("gift of last Christmas", person(orders=[185]), AT_RISK, LOST, "once.cooling"),
    Case("and who browses again", person(orders=[185], visits=[4]), WAITING, AT_RISK, "once.browsing"),
    Case("the thank-you page", person(orders=[185], visits=[184.9]), AT_RISK, LOST, "once.cooling"),
    Case("bought once, long ago", person(orders=[500]), LOST, None, "once.cold"),
    Case("long ago, but browsing", person(orders=[500], visits=[1]), WAITING, LOST, "once.browsing"),
    Case("second order given back", person(orders=[100, 9], cancelled=[9]), WAITING, AT_RISK, "once.open"),
    # two and more
    Case("came back", person(orders=[80, 10]), OCCASIONAL, AT_RISK, "buyer.occasional"),
    Case("three this year", person(orders=[200, 80, 10]), REPEAT, AT_RISK, "buyer.repeat"),
    Case("three, one last year", person(orders=[400, 80, 10]), OCCASIONAL, AT_RISK, "buyer.occasional"),
    Case("third is about to leave", person(orders=[364, 80, 10]), REPEAT, OCCASIONAL, "buyer.repeat"),
    Case("two years between", person(orders=[740, 10]), OCCASIONAL, AT_RISK, "buyer.occasional"),
    Case("monthly", person(orders=MONTHLY), HERO, REPEAT, "buyer.hero"),
    Case("hero with a cart", person(orders=MONTHLY, wanted={0: CART}), HERO, REPEAT, "buyer.hero"),
    Case("monthly, worth enough", person(orders=MONTHLY, each="90"), HERO, REPEAT, "buyer.hero", BY_WORTH),
    Case("monthly, small money", person(orders=MONTHLY, each="9"), REPEAT, AT_RISK, "buyer.repeat", BY_WORTH),
    Case("three, big money", person(orders=[60, 30, 9], each="900"), HERO, AT_RISK, "buyer.hero", BY_WORTH),
    Case("hero of old, back once", person(orders=[*every(30, 700, 1000), 3]), OCCASIONAL, AT_RISK, "buyer.occasional"),
    Case("silent buyer", person(orders=[300, 200, 150]), AT_RISK, LOST, "buyer.cooling"),
    Case("silent buyer who browses", person(orders=[300, 200, 150], visits=[3]), WAITING, AT_RISK, "buyer.browsing"),
    Case("monthly, then silent", person(orders=every(30, 130, 490)), AT_RISK, LOST, "buyer.cooling"),
    Case("weekly grocer, six weeks away", person(orders=every(7.5, 42, 400)), AT_RISK, LOST, "buyer.cooling"),
    Case("silent for years", person(orders=[1500, 1450, 1400]), LOST, None, "buyer.cold"),
    Case("for years, but browsing", person(orders=[1500, 1450, 1400], visits=[1]), WAITING, LOST, "buyer.browsing"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.who)
def test_stage(case: Case) -> None:
    judged = judge(case.facts, case.identified, case.parameters, TODAY)
    found = (judged.stage, judged.next_stage, judged.reasons[0].rule)
    assert found == (case.stage, case.then, case.rule), sentence(judged.reasons[0])


def test_every_stage_is_reachable() -> None:
    assert {case.stage for case in CASES} == set(Stage)
