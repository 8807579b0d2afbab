"""What rules mean, said as slowly and plainly as possible: every event is looked at, and nothing is remembered.

A rule is its JSON here and a moment a number of milliseconds; nothing of chalicelib/segments is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.tracking.event import Event

MS = timedelta(milliseconds=1)
DAY_MS = 86_400_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MESSAGES = {
    "email": {"sent": "Email Sent", "opened": "Email Opened", "clicked": "Email Link Clicked"},
    "sms": {"sent": "SMS Sent", "clicked": "SMS Link Clicked"},
    "push": {"clicked": "Push Notification Tapped"},
    "onsite": {"opened": "On-site Message Viewed", "clicked": "On-site Message Clicked"},
}
BY_SOMEBODY = {told[said] for told in MESSAGES.values() for said in ("opened", "clicked") if said in told}


@dataclass(frozen=True)
class Person:
    """Everything that is known: what happened, and what was said. Where somebody is, it is UTC."""

    events: Sequence[Event]
    traits: Mapping[str, Any] = field(default_factory=dict)
    segments: frozenset[str] = frozenset()
    stage: str | None = None


def ms(moment: datetime) -> int:
    return (moment - EPOCH) // MS


def span(text: str) -> int:
    """`P3D` or `PT36H`."""
    return int(text[1:-1]) * DAY_MS if not text.startswith("PT") else int(text[2:-1]) * 3_600_000


def instant(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def holds(rule: Mapping[str, Any], person: Person, now: int) -> bool:
    if "all" in rule:
        return all(holds(each, person, now) for each in rule["all"])
    if "any" in rule:
        return any(holds(each, person, now) for each in rule["any"])
    if "not" in rule:
        return not holds(rule["not"], person, now)
    if "event" in rule:
        return event_rule(rule, person, now)
    if "message" in rule:
        return message_rule(rule, person, now)
    if "trait" in rule:
        actual = person.traits.get(rule["trait"])
        return conditions(rule, actual) and moments(rule, actual, now)
    if "segment" in rule:
        return rule["segment"] in person.segments
    if "stage" in rule:
        return person.stage in rule["stage"]
    return fact_rule(rule, person, now)


def happened(person: Person, name: str, now: int) -> list[Event]:
    """Once each, by message id; nothing that a machine did."""
    once: dict[str, Event] = {}
    for event in sorted(person.events, key=lambda each: each.at, reverse=True):
        said = event.properties
        machine = name in BY_SOMEBODY and (said.get("actor") == "machine" or said.get("machine") is True)
        if event.name == name and ms(event.at) <= now and not machine:
            once[event.message_id] = event
    return sorted(once.values(), key=lambda each: each.at)


def in_window(rule: Mapping[str, Any], event: Event, now: int) -> bool:
    if "within" in rule:
        return now - span(rule["within"]) < ms(event.at) <= now
    if "between" in rule:
        return instant(rule["between"][0]) <= ms(event.at) < instant(rule["between"][1])
    return True


def event_rule(rule: Mapping[str, Any], person: Person, now: int) -> bool:
    found = [each for each in happened(person, rule["event"], now) if in_window(rule, each, now)]
    found = [each for each in found if where(rule, each)]
    if "followed_by" in rule:
        by = rule["followed_by"]
        later = [each for each in happened(person, by["event"], now) if where(by, each)]
        found = [each for each in found if any(follows(by, each, other) for other in later)]
    return measured(rule, found, now)


def follows(by: Mapping[str, Any], first: Event, then: Event) -> bool:
    if then.message_id == first.message_id or then.at < first.at:
        return False
    return "within" not in by or ms(then.at) < ms(first.at) + span(by["within"])


def message_rule(rule: Mapping[str, Any], person: Person, now: int) -> bool:
    told = [MESSAGES[rule["channel"]]] if "channel" in rule else list(MESSAGES.values())
    names = [each[rule["message"]] for each in told if rule["message"] in each]
    found = [each for name in names for each in happened(person, name, now) if in_window(rule, each, now)]
    for name in ("journey", "template"):
        found = [each for each in found if name not in rule or each.properties.get(name) == rule[name]]
    return measured(rule, found, now)


def measured(rule: Mapping[str, Any], found: Sequence[Event], now: int) -> bool:
    if "count" in rule:
        return compared(rule["count"], len(found))
    if "sum" in rule:
        numbers = [number(each.properties.get(rule["sum"]["property"])) for each in found]
        return compared(rule["sum"], sum([each for each in numbers if each is not None], Decimal(0)))
    if "distinct" in rule:
        values = set[str]()
        for each in found:
            value = each.properties.get(rule["distinct"]["property"])
            values |= {repr(one) for one in (value if isinstance(value, list) else [value]) if one is not None}
        return compared(rule["distinct"], len(values))
    if "first" in rule:
        return moment_holds(rule["first"], ms(found[0].at) if found else None, now)
    if "last" in rule:
        return moment_holds(rule["last"], ms(found[-1].at) if found else None, now)
    return bool(found)


def where(rule: Mapping[str, Any], event: Event) -> bool:
    return all(conditions(each, event.properties.get(each["property"]), texts=True) for each in rule.get("where", ()))


def number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return Decimal(value) if value.replace(".", "", 1).isdigit() else None
    return Decimal(str(value)) if isinstance(value, int | float) else None


def compared(limits: Mapping[str, Any], actual: Decimal | int) -> bool:
    asked = {
        "equals": lambda limit: actual == limit,
        "above": lambda limit: actual > limit,
        "at_least": lambda limit: actual >= limit,
        "below": lambda limit: actual < limit,
        "at_most": lambda limit: actual <= limit,
    }
    return all(asked[name](Decimal(str(limits[name]))) for name in asked if name in limits)


def conditions(rule: Mapping[str, Any], actual: Any, *, texts: bool = False) -> bool:
    limits = {name: rule[name] for name in ("above", "at_least", "below", "at_most") if name in rule}
    read = None if isinstance(actual, str) and not texts else number(actual)
    if limits and (read is None or not compared(limits, read)):
        return False
    if "exists" in rule and (actual is not None) is not rule["exists"]:
        return False
    if "equals" in rule and actual != rule["equals"]:
        return False
    if "in" in rule and actual not in rule["in"]:
        return False
    return "contains" not in rule or (isinstance(actual, str | list) and rule["contains"] in actual)


def moments(rule: Mapping[str, Any], actual: Any, now: int) -> bool:
    names = ("before", "after", "within_last", "more_than_ago", "within_next", "anniversary")
    asked = {name: rule[name] for name in names if name in rule}
    return not asked or moment_holds(asked, instant(actual) if isinstance(actual, str) and "-" in actual else None, now)


def moment_holds(asked: Mapping[str, Any], moment: int | None, now: int) -> bool:
    if moment is None:
        return False
    answers = {
        "before": lambda value: moment < instant(value),
        "after": lambda value: moment >= instant(value),
        "within_last": lambda value: moment <= now < moment + span(value),
        "more_than_ago": lambda value: now >= moment + span(value),
        "within_next": lambda value: moment - span(value) <= now < moment,
        "anniversary": lambda value: any(lasts(value, day, now) for day in anniversaries(moment, now)),
    }
    return all(answers[name](value) for name, value in asked.items())


def lasts(asked: Mapping[str, Any], day: int, now: int) -> bool:
    if "on" in asked:
        return day <= now < day + DAY_MS
    return day - span(asked["within_next"]) <= now < day


def anniversaries(moment: int, now: int) -> list[int]:
    born = (EPOCH + moment * MS).date()
    found = []
    for year in range(born.year + 1, (EPOCH + now * MS).year + 4):
        leap = (born.month, born.day) == (2, 29) and not (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
        day = date(year, born.month, 28 if leap else born.day)
        found.append(ms(datetime(day.year, day.month, day.day, tzinfo=UTC)))
    return found


def fact_rule(rule: Mapping[str, Any], person: Person, now: int) -> bool:
    """Two facts, of orders that are told once each."""
    orders = happened(person, "Order Completed", now)
    limits = {name: value for name, value in rule.items() if name != "fact"}
    if rule["fact"] == "order_count":
        return compared(limits, len(orders))
    assert rule["fact"] == "days_since_last_order"
    return bool(orders) and compared(limits, Decimal(now - ms(orders[-1].at)) / DAY_MS)
