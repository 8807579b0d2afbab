"""What events and journey sends cost: requests on the wire and DynamoDB units, by scenario."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3

from benchmarks import load, stack
from benchmarks.lambdas import Lambdas
from benchmarks.wire import Meter, Tally
from chalicelib import ids, resources, times, wiring
from chalicelib.journeys import journey
from chalicelib.journeys.playbooks import store
from chalicelib.journeys.store import JourneyStore
from chalicelib.tracking.keys import TRACK, KeyKind
from infra.demo import history
from infra.demo.shop import Call, stamped

PEOPLE = 100
SENDS = 100
SAMPLE = 1_500
"""Events of the demonstration's history that are measured, whole customers at a time."""


@dataclass(frozen=True)
class Cost:
    """What `count` events or sends came to. `parts`: stage of the flow -> what was counted in it. `targeted`: the
    target for write units holds for it."""

    scenario: str
    count: int
    parts: dict[str, Tally]
    targeted: bool = False

    def per_thousand(self, figure: Callable[[Tally], float]) -> float:
        """A figure of all parts together, for 1,000."""
        return 1000 * sum(figure(part) for part in self.parts.values()) / self.count

    @property
    def write_units_each(self) -> float:
        """Write units of one event or send, indexes included."""
        return self.per_thousand(lambda tally: tally.write_units) / 1000


class Bench:
    """An empty deployment, and a meter on everything that it asks of AWS."""

    def __init__(self) -> None:
        boto3.setup_default_session()
        session = boto3.DEFAULT_SESSION
        assert session is not None
        self.lambdas = Lambdas()
        self.meter = Meter(session, stack.plain("dynamodb"), stack.logical, self.lambdas.note)
        wiring.run(None)
        application = wiring.perennial()
        self.write_key = application.keys.create(KeyKind.PUBLIC, "bench", (TRACK,), application.now())

    def take_in(self, bodies: Iterable[bytes]) -> dict[str, Tally]:
        """Post each body, and let what was stored be counted before the next: nothing is grouped by luck."""
        parts = {"store": Tally(), "project": Tally(), "follow": Tally()}
        for body in bodies:
            parts["store"].requests["api.Post"] += 1
            with self.meter.into(parts["store"]):
                self.lambdas.post(body, self.write_key)
            with self.meter.into(parts["project"]):
                self.lambdas.project()
            with self.meter.into(parts["follow"]):
                self.lambdas.follow()
        return parts


def events(bench: Bench) -> Iterator[Cost]:
    """Events by batch size and by how many of them are of one person."""
    now = times.utcnow()
    for size in (20, 100):
        known = _people(f"known-{size}", PEOPLE)
        bench.take_in(_visits(known, 100, now - timedelta(days=3)))
        parts = bench.take_in(_visits(known, size, now - timedelta(minutes=5)))
        yield Cost(f"Known people, 5 events each, batches of {size}", 5 * PEOPLE, parts, targeted=size == 20)
    parts = bench.take_in(_visits(_people("new", PEOPLE), 20, now - timedelta(minutes=5)))
    yield Cost("New people, 5 events each, batches of 20", 5 * PEOPLE, parts)
    once = _people("once", 5 * PEOPLE)
    bench.take_in(_visits(once, 100, now - timedelta(days=3)))
    looks = [load.look(person, now - timedelta(minutes=5)) for person in once]
    yield Cost("Worst case: known people, 1 event each, batches of 20", len(looks), bench.take_in(_posted(looks, 20)))
    calls = _sampled(history.calls())
    sample = [_as_sent(call, now) for call in calls]
    yield Cost("The demonstration's history, batches of 100", len(sample), bench.take_in(_posted(sample, 100)))


def sends(bench: Bench) -> Iterator[Cost]:
    """One welcome to each of many new people, from the identification that starts it to what SES reports of it."""
    _publish()
    now = times.utcnow()
    identified = [event for person in _people("reader", SENDS) for event in _identified(person, now)]
    for body in _posted(identified, 20):
        bench.lambdas.post(body, bench.write_key)
    bench.lambdas.project()
    parts, feedback = {"decide": Tally(), "send": Tally()}, Tally()
    with bench.meter.into(parts["decide"]):
        bench.lambdas.follow()
    with bench.meter.into(parts["send"]):
        sent = bench.lambdas.work(resources.JOURNEYS)
    if sent != SENDS or parts["send"].requests["sesv2.SendEmail"] != SENDS:
        raise RuntimeError(f"{SENDS} welcomes should have left: {parts['send'].requests}")
    yield Cost("Journey sends: enrol, decide, ask permission, send", SENDS, parts)
    with bench.meter.into(feedback):
        _take_feedback(bench.lambdas, 2 * SENDS)
        bench.lambdas.project()
        bench.lambdas.follow()
    yield Cost("The same with SES's reports of sending and delivery", SENDS, {**parts, "feedback": feedback})


def _take_feedback(lambdas: Lambdas, reports: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    taken = 0
    while taken < reports:
        taken += lambdas.work(resources.FEEDBACK)
        if time.monotonic() > until:
            raise RuntimeError(f"{taken} of {reports} reports of SES arrived within {seconds:.0f} s")
        time.sleep(0.2)


def _publish() -> None:
    """Put the welcome in force, and start over with containers that know it."""
    application = wiring.perennial()
    welcome = store.standard("welcome")
    for name, content in welcome.templates.items():
        application.shelf.put(name, content)
    made = journey.parse({"name": "welcome", **welcome.journeys["welcome"]})
    journeys = JourneyStore(application.db)
    journeys.put(made.name, made.title, made.body(), application.now())
    application.publisher.publish(made.name, 1, application.now())
    wiring.run(None)


def _people(kind: str, count: int) -> list[str]:
    return [f"{kind}-{ids.digest(kind, str(number), length=12)}" for number in range(count)]


def _visits(people: list[str], size: int, at: datetime) -> Iterator[bytes]:
    return _posted([event for person in people for event in load.visit(person, at)], size)


def _posted(events: list[load.Sent], size: int) -> Iterator[bytes]:
    return load.batches(events, size, times.utcnow())


def _sampled(calls: list[Call]) -> list[Call]:
    """Whole customers by a hash, one after the other as the demonstration posts them."""
    ordered = sorted(calls, key=lambda call: (ids.digest("bench", call.subject), call.at))
    last = ordered[SAMPLE].subject
    return ordered[:SAMPLE] + [call for call in ordered[SAMPLE:] if call.subject == last]


def _as_sent(call: Call, now: datetime) -> load.Sent:
    """A call of the demonstration in the body of a batch, as its SDK writes it; the history ends an hour ago."""
    moment = call.at + (now - timedelta(hours=1) - datetime(2011, 12, 10, tzinfo=call.at.tzinfo))
    named: dict[str, Any] = {"track": {"event": call.name}, "page": {"name": call.name}}.get(call.kind, {})
    field = "traits" if call.kind == "identify" else "properties"
    return {
        **named,
        "type": call.kind,
        "messageId": call.message_id("bench"),
        "timestamp": moment.isoformat(timespec="milliseconds"),
        "userId": call.user_id,
        "anonymousId": call.anonymous_id,
        field: stamped(call, moment),
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
        "integrations": {},
    }


def _identified(person: str, now: datetime) -> list[load.Sent]:
    traits = {"email": f"{person}@visitors.example", "firstName": "Ada"}
    said = {"channel": "email", "source": "sign-up form"}
    calls = (
        Call(f"{person}/consent", "track", now, "Subscribed", person, body=said),
        Call(f"{person}/identify", "identify", now, "", person, body=traits),
    )
    return [{**_as_sent(call, now), "timestamp": times.text(now)} for call in calls]


@contextmanager
def started() -> Iterator[Bench]:
    """A bench on a local cloud of its own."""
    with stack.running():
        yield Bench()
