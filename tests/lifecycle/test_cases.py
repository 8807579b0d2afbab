"""The specification of the stages, case by case. All times are days before TODAY (15 June 2026, noon).

Each line: who it is, what is known, the stage, the rule that gives it, in how many days it changes if nothing happens
(whole days passed by then; None: never) and to what.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import pytest

from chalicelib.customers.accounts.union import united
from chalicelib.customers.business import VOCABULARIES
from chalicelib.customers.facts import Consent, Facts
from chalicelib.customers.intent import INTENT
from chalicelib.lifecycle.explain import sentence
from chalicelib.lifecycle.rules import RULES
from chalicelib.lifecycle.settings import Lifecycle, parameters_of
from chalicelib.lifecycle.stage import DEFAULT, Parameters, Stage, judge
from tests.lifecycle.people import TODAY, ago, every, person, told

CART = INTENT["Product Added"]
VIEW = INTENT["Product Viewed"]
TRIAL = INTENT["Trial Started"]
BY_WORTH = replace(DEFAULT, hero_value=500.0)
GROCER, SAAS, CONTENT, B2B = (parameters_of(Lifecycle(preset=kind)) for kind in ("grocer", "saas", "content", "b2b"))
TICKED = {"email": Consent(granted=True, at=ago(1), message_id="tick")}
GHOST, NEW, LEAD, WAITING, OCCASIONAL, REPEAT, HERO, AT_RISK, LOST = Stage
MONTHLY = every(30, 5, 335)  # twelve orders in the last year
HOUR, MINUTE = 1 / 24, 1 / 1440
LAMP = {"product_id": "lamp", "name": "Lamp", "price": "40", "currency": "EUR"}
PRO = {"subscription_id": "s1", "plan": "Pro", "price": "50", "currency": "EUR", "interval": "month"}
TEAM = PRO | {"plan": "Team", "price": "900"}
PAID = (200, "Subscription Started", PRO)
RENEWED = (20, "Subscription Renewed", PRO | {"renews_at": ago(-10).isoformat()})
ENDS_IN_10 = {"subscription_id": "s1", "cancel_at_period_end": True, "renews_at": ago(-10).isoformat()}
TRIES = (4, "Trial Started", {"subscription_id": "s2", "plan": "Pro", "trial_end_date": ago(-10).isoformat()})
BOUGHT = (3, "Order Completed", {"order_id": "x", "total": "40"})


class Case(NamedTuple):
    who: str
    facts: Facts
    stage: Stage
    rule: str
    in_days: int | None
    then: Stage | None
    parameters: Parameters = DEFAULT
    identified: bool = True


CASES = [
    # nobody knows who it is
    Case("a visitor", person(visits=[1]), GHOST, "ghost.anonymous", None, None, identified=False),
    Case("an unknown buyer", person(orders=[1]), GHOST, "ghost.anonymous", None, None, identified=False),
    Case("nobody, ever", Facts(), GHOST, "ghost.anonymous", None, None, identified=False),
    # without an order
    Case("a name on a list", Facts(), LOST, "quiet.unknown", None, None),
    Case("a tick in the newsletter's box", Facts(consent=TICKED), NEW, "new.identified", 6, WAITING),
    Case("signed up today", person(visits=[0], identified=0), NEW, "new.identified", 7, WAITING),
    Case("imported, never seen", person(identified=2), NEW, "new.identified", 5, WAITING),
    Case("signed up last week", person(visits=[7], identified=7), WAITING, "quiet.warm", 23, AT_RISK),
    Case("known by events only", person(visits=[3]), NEW, "new.identified", 4, WAITING),
    Case("new, one product seen", person(wanted={0: VIEW}, identified=0), NEW, "new.identified", 7, WAITING),
    Case("new, with a cart", person(wanted={0: CART}, identified=0), LEAD, "lead.interest", 8, WAITING),
    Case("new, cart of five days", person(wanted={5: CART}, identified=5), LEAD, "lead.interest", 3, WAITING),
    Case("five products in a day", person(wanted={1: 5 * VIEW}, identified=40), LEAD, "lead.interest", 0, WAITING),
    Case("cart of three weeks", person(wanted={21: CART}, identified=40), WAITING, "quiet.warm", 9, AT_RISK),
    Case("trial of ten days", person(wanted={10: TRIAL}, identified=10), LEAD, "lead.interest", 5, WAITING),
    Case("a crawler's day", person(wanted={29: 5000}, identified=60), WAITING, "quiet.warm", 1, AT_RISK),
    Case("reader who never buys", person(visits=[1, 5, 9], identified=200), LEAD, "lead.returning", 4, WAITING),
    Case("reader of last month", person(visits=[16, 20, 24], identified=99), WAITING, "quiet.warm", 14, AT_RISK),
    Case("three times in one day", person(visits=[1, 1.01, 1.02], identified=99), WAITING, "quiet.warm", 29, AT_RISK),
    Case("quiet for six weeks", person(visits=[42], identified=99), AT_RISK, "quiet.cooling", 48, LOST),
    Case("quiet for half a year", person(visits=[182], identified=300), LOST, "quiet.cold", None, None),
    Case("only order given back", person(orders=[9], cancelled=[9]), WAITING, "quiet.warm", 21, AT_RISK),
    # one order
    Case("bought today", person(orders=[0]), OCCASIONAL, "once.fresh", 60, WAITING),
    Case("one big order", person(orders=[20], each="9000"), OCCASIONAL, "once.fresh", 40, WAITING),
    Case("split shipment", person(orders=[20, 19, 18, 17]), OCCASIONAL, "once.fresh", 43, WAITING),
    Case("a free sample", person(orders=[20], each="0"), OCCASIONAL, "once.fresh", 40, WAITING),
    Case("bought 100 days ago", person(orders=[100]), WAITING, "once.open", 80, AT_RISK),
    Case("gift of last Christmas", person(orders=[185]), AT_RISK, "once.cooling", 180, LOST),
    Case("and who browses again", person(orders=[185], visits=[4]), WAITING, "once.browsing", 26, AT_RISK),
    Case("the thank-you page", person(orders=[185], visits=[184.9]), AT_RISK, "once.cooling", 180, LOST),
    Case("bought once, long ago", person(orders=[500]), LOST, "once.cold", None, None),
    Case("long ago, but browsing", person(orders=[500], visits=[1]), WAITING, "once.browsing", 29, LOST),
    Case("second order given back", person(orders=[100, 9], cancelled=[9]), WAITING, "once.open", 80, AT_RISK),
    # two and more
    Case("came back", person(orders=[80, 10]), OCCASIONAL, "buyer.occasional", 90, AT_RISK),
    Case("three this year", person(orders=[200, 80, 10]), REPEAT, "buyer.repeat", 139, AT_RISK),
    Case("three, one last year", person(orders=[400, 80, 10]), OCCASIONAL, "buyer.occasional", 241, AT_RISK),
    Case("third is about to leave", person(orders=[364, 80, 10]), REPEAT, "buyer.repeat", 1, OCCASIONAL),
    Case("two years between", person(orders=[740, 10]), OCCASIONAL, "buyer.occasional", 486, AT_RISK),
    Case("monthly", person(orders=MONTHLY), HERO, "buyer.hero", 85, REPEAT),
    Case("hero with a cart", person(orders=MONTHLY, wanted={0: CART}), HERO, "buyer.hero", 90, REPEAT),
    Case("monthly, worth enough", person(orders=MONTHLY, each="90"), HERO, "buyer.hero", 85, REPEAT, BY_WORTH),
    Case("monthly, small money", person(orders=MONTHLY, each="9"), REPEAT, "buyer.repeat", 95, AT_RISK, BY_WORTH),
    Case("three, big money", person(orders=[60, 30, 9], each="900"), HERO, "buyer.hero", 63, AT_RISK, BY_WORTH),
    Case("hero of old, back once", person(orders=[*every(30, 700, 1000), 3]),
         OCCASIONAL, "buyer.occasional", 258, AT_RISK),
    Case("silent buyer", person(orders=[300, 200, 150]), AT_RISK, "buyer.cooling", 215, LOST),
    Case("silent buyer who browses", person(orders=[300, 200, 150], visits=[3]),
         WAITING, "buyer.browsing", 27, AT_RISK),
    Case("monthly, then silent", person(orders=every(30, 130, 490)), AT_RISK, "buyer.cooling", 235, LOST),
    Case("weekly grocer, six weeks away", person(orders=every(7.5, 42, 400)), AT_RISK, "buyer.cooling", 317, LOST),
    Case("hero, half a year away, back once", person(orders=[*every(30, 190, 500), 3], each="90"),
         REPEAT, "buyer.repeat", 135, OCCASIONAL, BY_WORTH),
    Case("and back twice", person(orders=[*every(30, 190, 500), 30, 3], each="90"),
         HERO, "buyer.hero", 87, REPEAT, BY_WORTH),
    Case("gift buyer of three Christmases", person(orders=[904, 539, 174]),
         OCCASIONAL, "buyer.occasional", 247, AT_RISK),
    Case("hero with a cart of two hours", told((2 * HOUR, "Product Added", LAMP), known=person(orders=MONTHLY)),
         HERO, "buyer.hero", 89, REPEAT),
    Case("silent for years", person(orders=[1500, 1450, 1400]), LOST, "buyer.cold", None, None),
    Case("for years, but browsing", person(orders=[1500, 1450, 1400], visits=[1]), WAITING, "buyer.browsing", 29, LOST),
    # an intent left open, without an order: to the minute
    Case("cart, still on the site", told((20 * MINUTE, "Product Added", LAMP)), LEAD, "lead.intent", 0, WAITING),
    Case("cart of an hour and a minute", told((61 * MINUTE, "Product Added", LAMP)),
         WAITING, "quiet.open_intent", 29, AT_RISK),
    Case("cart of last week", told((7, "Product Added", LAMP)), WAITING, "quiet.open_intent", 23, AT_RISK),
    Case("cart, and browsing since", told((7, "Product Added", LAMP), (0.01, "Product Viewed")),
         LEAD, "lead.intent", 0, WAITING),
    Case("cart emptied", told((2, "Product Added", LAMP), (1, "Product Removed", LAMP)),
         LEAD, "lead.interest", 6, WAITING),
    Case("cart cleared", told((2, "Product Added", LAMP), (1, "Cart Cleared")), LEAD, "lead.interest", 6, WAITING),
    Case("cart expired", told((15, "Product Added", LAMP)), WAITING, "quiet.warm", 15, AT_RISK),
    Case("empty cart looked at", told((1, "Cart Viewed", {"products": []})), WAITING, "quiet.warm", 29, AT_RISK),
    Case("checkout left", told((0.5, "Checkout Started", {"value": "80"})), WAITING, "quiet.open_intent", 29, AT_RISK),
    Case("new, and a cart left", told((0.5, "Product Added", LAMP), known=person(identified=0.6)),
         WAITING, "quiet.open_intent", 29, AT_RISK),
    Case("quote asked for yesterday", told((1, "Quote Requested", {"quote_id": "q"})), LEAD, "lead.intent", 2, WAITING),
    Case("quote of last week", told((7, "Quote Requested", {"quote_id": "q"})),
         WAITING, "quiet.open_intent", 23, AT_RISK),
    Case("quote declined", told((9, "Quote Requested"), (2, "Quote Declined")), LEAD, "lead.interest", 6, WAITING),
    Case("a guest's cart of an hour", told((HOUR, "Product Added", LAMP), known=Facts()),
         GHOST, "ghost.anonymous", None, None, identified=False),
    Case("cart, then bought", told((4, "Product Added", LAMP), BOUGHT), OCCASIONAL, "once.fresh", 57, WAITING),
    # subscribers, by their contracts
    Case("first month", told((20, "Subscription Started", PRO)), OCCASIONAL, "contract.first_term", None, None),
    Case("renewed", told(PAID, RENEWED), REPEAT, "contract.renewed", None, None),
    Case("renewed, never seen", told(PAID, RENEWED, known=person(identified=200, visits=[190])),
         REPEAT, "contract.renewed", None, None),
    Case("renewed for more than a year", told((420, "Subscription Started", PRO), RENEWED, (2, "Report Viewed")),
         HERO, "contract.hero", 88, REPEAT),
    Case("top subscriber", told((40, "Subscription Started", TEAM), (2, "Report Viewed")),
         HERO, "contract.hero", 88, OCCASIONAL, BY_WORTH),
    Case("top subscriber, not seen for long", told((100, "Subscription Started", TEAM)),
         OCCASIONAL, "contract.first_term", None, None, BY_WORTH),
    Case("payment failed", told(PAID, RENEWED, (2, "Payment Failed", {"subscription_id": "s1"})),
         AT_RISK, "contract.payment_failed", 10, LOST),
    Case("payment failed, no date told", told(PAID, (2, "Payment Failed", {"subscription_id": "s1"})),
         AT_RISK, "contract.payment_failed", 28, LOST),
    Case("paid at the second try",
         told(PAID, (9, "Payment Failed", {"subscription_id": "s1"}), (6, "Subscription Renewed", PRO)),
         REPEAT, "contract.renewed", None, None),
    Case("cancels at the period's end", told(PAID, RENEWED, (1, "Subscription Cancellation Scheduled", ENDS_IN_10)),
         AT_RISK, "contract.ending", 10, LOST),
    Case("stays after all",
         told(PAID, (3, "Subscription Cancellation Scheduled", ENDS_IN_10),
              (1, "Subscription Cancellation Withdrawn", {"subscription_id": "s1"})),
         OCCASIONAL, "contract.first_term", None, None),
    Case("paused", told(PAID, (9, "Subscription Paused", {"subscription_id": "s1"})),
         WAITING, "contract.paused", None, None),
    Case("resumed",
         told(PAID, (9, "Subscription Paused", {"subscription_id": "s1"}),
              (1, "Subscription Resumed", {"subscription_id": "s1"})),
         OCCASIONAL, "contract.first_term", None, None),
    Case("cancelled last month", told(PAID, (30, "Subscription Cancelled", {"subscription_id": "s1"})),
         LOST, "contract.ended", None, None),
    Case("cancelled, and back to look",
         told(PAID, (90, "Subscription Cancelled", {"subscription_id": "s1"}), (3, "Pricing Viewed")),
         WAITING, "contract.browsing", 27, LOST),
    Case("one cancelled, another paid",
         told(PAID, (9, "Subscription Cancelled", {"subscription_id": "s1"}),
              (8, "Subscription Started", PRO | {"subscription_id": "s2"})),
         OCCASIONAL, "contract.first_term", None, None),
    Case("trial", told(TRIES), LEAD, "contract.trial", 10, WAITING),
    Case("trial, its end not told", told((4, "Trial Started")), LEAD, "contract.trial", 10, WAITING),
    Case("trial ended unpaid",
         told((20, "Trial Started", {"subscription_id": "s1"}), (6, "Trial Ended", {"subscription_id": "s1"})),
         WAITING, "contract.lapsed_trial", 84, LOST),
    Case("trial of last year", told((300, "Trial Started", {"subscription_id": "s1"})),
         LOST, "contract.ended", None, None),
    Case("trial became a subscription", told((30, "Trial Started", PRO), (16, "Subscription Renewed", PRO)),
         OCCASIONAL, "contract.first_term", None, None),
    Case("saas: trial, and a demo asked for", told(TRIES, (1, "Demo Requested")),
         LEAD, "contract.trial", 10, WAITING, SAAS),
    Case("subscriber who orders, too", told(PAID, RENEWED, known=person(orders=MONTHLY)),
         REPEAT, "contract.renewed", None, None),
    Case("ended, but a monthly buyer",
         told((60, "Subscription Started", PRO),
              (40, "Subscription Cancelled", {"subscription_id": "s1"}), known=person(orders=MONTHLY)),
         HERO, "buyer.hero", 85, REPEAT),
    Case("ended, and has not ordered since",
         told(PAID, (2, "Subscription Cancelled", {"subscription_id": "s1"}), known=person(orders=MONTHLY)),
         LOST, "contract.ended", None, None),
    Case("a renewal is no order",
         told((700, "Subscription Renewed", PRO), (2, "Subscription Cancelled", {"subscription_id": "s1"})),
         LOST, "contract.ended", None, None),
    Case("an anonymous trial", told(TRIES, known=Facts()), GHOST, "ghost.anonymous", None, None, identified=False),
    # other kinds of business
    Case("grocer: five weeks away", person(orders=every(7.5, 35, 400)), AT_RISK, "buyer.cooling", 80, LOST, GROCER),
    Case("grocer: bought once, a month ago", person(orders=[30]), WAITING, "once.open", 15, AT_RISK, GROCER),
    Case("shop: bought once, a month ago", person(orders=[30]), OCCASIONAL, "once.fresh", 30, WAITING),
    Case("content: reads twice a week", person(visits=[1, 4, 8, 11], identified=200),
         LEAD, "lead.returning", 2, WAITING, CONTENT),
    Case("content: three weeks away", person(visits=[21], identified=200), AT_RISK, "quiet.cooling", 24, LOST, CONTENT),
    Case("content: a donor",
         told((10, "Donation Completed", {"donation_id": 1, "amount": 20}), vocabulary=VOCABULARIES["content"]),
         OCCASIONAL, "once.fresh", 50, WAITING, CONTENT),
    Case("b2b: a contract signed",
         told((90, "Contract Signed", {"contract_id": 1, "value": 9000}), vocabulary=VOCABULARIES["b2b"]),
         OCCASIONAL, "once.fresh", 30, WAITING, B2B),
    Case("b2b: quiet for six weeks", person(visits=[42], identified=200), WAITING, "quiet.warm", 18, AT_RISK, B2B),
    # accounts: the union of their members
    Case("team: one looks, one buys", united([person(visits=[1, 2, 3]), person(orders=[40, 20])]),
         OCCASIONAL, "buyer.occasional", 45, WAITING, B2B),
    Case("team: one pays, one tries", united([told(PAID, RENEWED), told(TRIES)]),
         REPEAT, "contract.renewed", None, None, B2B),
    Case("team: one order, told by two", united([person(orders=[40]), person(orders=[40])]),
         OCCASIONAL, "once.fresh", 80, WAITING, B2B),
    Case("team: somebody's quote", united([told((9, "Quote Requested")), person(visits=[8])]),
         WAITING, "quiet.open_intent", 52, AT_RISK, B2B),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.who)
def test_stage(case: Case) -> None:
    judged = judge(case.facts, case.identified, case.parameters, TODAY)
    in_days = None if judged.next_at is None else (judged.next_at - TODAY).days
    found = (judged.stage, judged.reasons[0].rule, in_days, judged.next_stage)
    assert found == (case.stage, case.rule, case.in_days, case.then), sentence(judged.reasons[0])


def test_every_stage_and_every_rule_has_a_case() -> None:
    assert {case.stage for case in CASES} == set(Stage)
    assert {case.rule for case in CASES} == set(RULES)
    assert len({case.who for case in CASES}) == len(CASES) > 40


def test_a_cart_is_left_to_the_minute() -> None:
    added = told((0, "Product Added", LAMP))
    judged = judge(added, True, DEFAULT, TODAY)
    assert (judged.stage, judged.next_stage) == (LEAD, WAITING)
    assert judged.next_at == TODAY + timedelta(hours=1)
    (cart,) = judged.open_intents
    assert (cart.kind, cart.what, str(cart.worth)) == ("cart", "Lamp", "{'EUR': Decimal('40.0000')}")
    assert (cart.idle_at, cart.expires) == (TODAY + timedelta(hours=1), TODAY + timedelta(days=14))


def test_a_hero_has_the_cart_beside_the_stage() -> None:
    judged = judge(told((1, "Product Added", LAMP), known=person(orders=MONTHLY)), True, DEFAULT, TODAY)
    assert (judged.stage, [intent.kind for intent in judged.open_intents]) == (HERO, ["cart"])


def test_who_is_late_by_their_own_measure() -> None:
    late = judge(person(orders=every(30, 100, 430)), True, DEFAULT, TODAY)
    assert late.is_overdue(TODAY)
    assert not judge(person(orders=MONTHLY), True, DEFAULT, TODAY).is_overdue(TODAY)
    assert judge(person(orders=[300, 200]), True, DEFAULT, TODAY).next_order is None
    assert late.next_order is not None
    assert late.next_order.early < late.next_order.at < late.next_order.late == late.overdue_at
