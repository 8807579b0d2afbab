"""A marketer's mapping: from any JSON to calls of our vocabulary, without code.

    {"topic": "$.type",
     "who": {"userId": "$.data.customer.id", "email": "$.data.customer.email"},
     "events": [{"when": {"$.type": "sale.done"}, "event": "Order Completed", "messageId": "$.data.id",
                 "timestamp": "$.data.at", "properties": {"order_id": "$.data.id", "currency": "EUR",
                 "products": {"each": "$.data.lines[*]", "as": {"sku": "$.code", "price": "$.price"}}}}]}

A text that begins with `$` is a path: `.name`, `['any name']`, `[0]`, `[*]` (all of a list). Any other value stands for
itself; `{"first": [...]}` is the first that is there, `{"join": [...]}` all in one text, `{"constant": ...}` what would
else be read. Every event whose `when` holds (path equals value, or one of a list of values; all of them) is made; `who`
holds for each that says nothing else. If none is made, the payload is kept as an event named by `topic`, of the source
itself if it names nobody.
docs/WEBHOOKS.md explains it to marketers.
"""

from __future__ import annotations

from collections.abc import Mapping as Object
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.tracking import contact, given, paths
from chalicelib.tracking.paths import Value
from chalicelib.tracking.problems import Invalid, Problem
from chalicelib.tracking.reading import Reason, Refusal
from chalicelib.tracking.told import Told

TYPES: Final = ("identify", "track", "page", "screen", "group", "alias")
WHO: Final = ("userId", "anonymousId", "email", "phone")
PLAIN: Final = (*WHO, "event", "messageId", "timestamp", "groupId", "previousId", "name", "category")
OBJECTS: Final = ("properties", "traits", "context")
MOST_EVENTS: Final = 50


@dataclass(frozen=True)
class Condition:
    """A path and the values, as text, of which it must be one."""

    path: Value
    wanted: frozenset[str]

    def holds(self, payload: object) -> bool:
        return paths.text(self.path.of(payload)) in self.wanted


@dataclass(frozen=True)
class Rule:
    """One event that a payload may give."""

    when: Sequence[Condition]
    type: str
    values: Object[str, Value]

    def call(self, payload: object) -> dict[str, Any]:
        """The call, as far as the payload has what it asks for."""
        read = {name: value.of(payload) for name, value in self.values.items()}
        return addressed({"type": self.type, **{name: value for name, value in read.items() if value is not None}})


@dataclass(frozen=True)
class Mapping:
    """A mapping that was found to be sound. `topic` and `who` are for what no rule speaks of."""

    topic: Value | None
    who: Object[str, Value]
    rules: Sequence[Rule]

    def calls(self, payload: object) -> Told:
        """What a payload comes to; never raises."""
        made = [rule.call(payload) for rule in self.rules if all(each.holds(payload) for each in rule.when)]
        if made:
            return Told(made)
        topic = paths.text(self.topic.of(payload)) if self.topic else None
        if topic is None:
            return Told([], refusals=[Refusal(Reason.UNKNOWN_TYPE, "no event of the mapping fits", payload)])
        held = payload if isinstance(payload, dict) else {"payload": payload}
        who = Rule((), "track", self.who).call(payload)
        context = {**who.get("context", {}), "active": False}
        return Told([given.itself({**who, "event": topic, "properties": held, "context": context})])


def addressed(call: dict[str, Any]) -> dict[str, Any]:
    """A call whose `email` and `phone` are where everybody looks for them: in the traits, and, if it names nobody
    else, in the id of the visitor whom the address stands for."""
    found = {"email": contact.email(call.pop("email", None)), "phone": contact.phone(call.pop("phone", None))}
    known = {name: address for name, address in found.items() if address}
    if not known:
        return call
    if not (call.get("userId") or call.get("anonymousId")):
        channel, address = next(iter(known.items()))
        call["anonymousId"] = contact.address_id("email" if channel == "email" else "phone", address)
    if call["type"] == "identify":
        return {**call, "traits": {**known, **_object(call.get("traits"))}}
    context = _object(call.get("context"))
    return {**call, "context": {**context, "traits": {**known, **_object(context.get("traits"))}}}


def compiled(raw: object, where: str = "mapping") -> Mapping:
    """A mapping from JSON. Raises Invalid, with everything that is wrong and where."""
    problems: list[Problem] = []
    mapping = _mapping(raw, where, problems)
    if problems:
        raise Invalid(problems)
    return mapping


def _mapping(raw: object, where: str, problems: list[Problem]) -> Mapping:
    if not isinstance(raw, dict):
        problems.append(Problem(where, "This is not an object", "Write an object: {...}."))
        return Mapping(None, {}, ())
    _known(raw, ("topic", "who", "events"), where, problems)
    who = _values(raw.get("who", {}), (*WHO, "timestamp"), f"{where}.who", problems)
    topic = paths.value(raw["topic"], f"{where}.topic", problems) if "topic" in raw else None
    events = raw.get("events", [])
    if not isinstance(events, list) or len(events) > MOST_EVENTS or not (events or topic):
        hint = f"List 1 to {MOST_EVENTS} events, or name a topic."
        problems.append(Problem(f"{where}.events", "This is not a list of events", hint))
        return Mapping(topic, who, ())
    rules = [_rule(each, who, f"{where}.events[{place}]", problems) for place, each in enumerate(events)]
    return Mapping(topic, who, rules)


def _rule(raw: object, who: Object[str, Value], where: str, problems: list[Problem]) -> Rule:
    if not isinstance(raw, dict):
        problems.append(Problem(where, "This is not an object", "Write an object: {...}."))
        return Rule((), "track", {})
    kind = raw.get("type", "track")
    if kind not in TYPES:
        problems.append(Problem(f"{where}.type", "This type is not known", f"Write one of {', '.join(TYPES)}."))
    if kind == "track" and "event" not in raw:
        problems.append(Problem(f"{where}.event", "This is required and is not there", "Name the event."))
    plain = {name: held for name, held in raw.items() if name not in ("when", "type")}
    values = {**who, **_values(plain, (*PLAIN, *OBJECTS), where, problems)}
    if not values.keys() & set(WHO):
        hint = "Say userId, anonymousId, email or phone here, or in `who` for all events."
        problems.append(Problem(where, "This event does not say of whom it speaks", hint))
    return Rule(_when(raw.get("when", {}), f"{where}.when", problems), str(kind), values)


def _when(raw: object, where: str, problems: list[Problem]) -> Sequence[Condition]:
    if not isinstance(raw, dict):
        problems.append(Problem(where, "This is not an object", 'Write {"$.path": "value"}.'))
        return ()
    conditions = []
    for path, wanted in raw.items():
        if not path.startswith("$"):
            problems.append(Problem(f"{where}.{path}", "This is not a path", "Begin it with $."))
            continue
        values = [paths.text(each) for each in (wanted if isinstance(wanted, list) else [wanted])]
        if not values or None in values:
            hint = "Write a text, a number, true or false, or a list of them."
            problems.append(Problem(f"{where}.{path}", "This cannot be compared", hint))
        held = frozenset(value for value in values if value is not None)
        conditions.append(Condition(paths.value(path, f"{where}.{path}", problems), held))
    return conditions


def _values(raw: object, names: Sequence[str], where: str, problems: list[Problem]) -> dict[str, Value]:
    if not isinstance(raw, dict):
        problems.append(Problem(where, "This is not an object", "Write an object: {...}."))
        return {}
    _known(raw, names, where, problems)
    for name in OBJECTS:
        if name in raw and not (isinstance(raw[name], dict) or paths.is_path(raw[name])):
            hint = "Write an object of names and values, or a path to one."
            problems.append(Problem(f"{where}.{name}", "This is not an object", hint))
    return {name: paths.value(raw[name], f"{where}.{name}", problems) for name in names if name in raw}


def _known(raw: Object[str, object], names: Sequence[str], where: str, problems: list[Problem]) -> None:
    problems += [
        Problem(f"{where}.{name}", "This is not known here", f"Write one of {', '.join(names)}.")
        for name in raw
        if name not in names and not (name in ("when", "type") and "event" in names)
    ]


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
