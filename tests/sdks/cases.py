"""Which SDKs are run, and what each is asked to do: a table, read by runs.py and by those who keep the docs true.

Options are the SDK's own, under its own names. What an SDK cannot do is not in the table; docs/TRACKING.md says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.sdks.recorder import Fault

Call = dict[str, Any]

IDENTIFY: Final[Call] = {"type": "identify", "traits": {"plan": "pro", "seats": 3}}
ORDER: Final[Call] = {
    "type": "track",
    "event": "Order Completed",
    "properties": {
        "order_id": "o-1",
        "total": 25.5,
        "revenue": 20.5,
        "currency": "EUR",
        "products": [{"product_id": "p-1", "name": "Crème brûlée 🍮", "price": 10.25, "quantity": 2}],
    },
}
PAGE: Final[Call] = {"type": "page", "name": "Pricing", "properties": {"path": "/pricing", "section": "plans"}}
STEPS: Final = tuple({"type": "track", "event": "Step Taken", "properties": {"step": step}} for step in range(12))
TRIED: Final[Call] = {"type": "track", "event": "Tried Again", "properties": {"step": 1}}


@dataclass(frozen=True)
class Sdk:
    """One client. `name` is the package's; `program` says things with it; `where` it is run: python, node, chromium.

    source: who reads it here. https: it speaks nothing else, or the page that it starts from asks for it.
    key:    how it writes its key; `{key}` is ours.
    """

    name: str
    where: str
    program: str
    source: str = "segment"
    https: bool = False
    key: str = "{key}"


@dataclass(frozen=True)
class Case:
    """What one client is asked to say, what goes wrong meanwhile, and what must come of it.

    does:     in a word; the test's name.
    together: how many calls its largest request must hold. encoding: of every body, as it is on the wire.
    told:     what the client must have been told of errors: a part of it for each, in order.
    lost:     the calls never arrive, because the client does not try again.
    leave:    of a browser: `close` its tab, or `go` to another page, as soon as everything was said.
    """

    sdk: Sdk
    does: str
    calls: tuple[Call, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    together: int = 1
    encoding: str = ""
    told: tuple[str, ...] = ()
    lost: bool = False
    leave: str = ""

    def __str__(self) -> str:
        return f"{self.sdk.name.rpartition('/')[2]}-{self.sdk.where}-{self.does}"


SEGMENT_PYTHON: Final = Sdk("segment-analytics-python", "python", "segment_analytics_python.py")
RUDDER_PYTHON: Final = Sdk("rudder-sdk-python", "python", "rudder_sdk_python.py")
CUSTOMERIO: Final = Sdk("customerio", "python", "customerio_python.py", source="customerio", https=True)
SEGMENT_NODE: Final = Sdk("@segment/analytics-node", "node", "segment-analytics-node.mjs")
RUDDER_NODE: Final = Sdk("@rudderstack/rudder-sdk-node", "node", "rudder-sdk-node.mjs")
JITSU_NODE: Final = Sdk("@jitsu/js", "node", "jitsu-js.mjs", source="jitsu", key="perennial:{key}")
DITTOFEED: Final = Sdk("@dittofeed/sdk-node", "node", "dittofeed-sdk-node.mjs", source="dittofeed")

ONE_OF_EACH: Final = (IDENTIFY, ORDER, PAGE)
TWICE: Final = (Fault.REFUSED, Fault.UNHEARD)


def cases() -> Iterator[Case]:
    """Every run."""
    yield from _python()
    yield from _node()


def _python() -> Iterator[Case]:
    soon = {"upload_interval": 0.05}
    for sdk, off in ((SEGMENT_PYTHON, ""), (RUDDER_PYTHON, "")):
        yield Case(sdk, "calls", ONE_OF_EACH, soon | {"upload_size": 1, "gzip": False}, encoding=off)
        yield Case(sdk, "gzip", STEPS, soon | {"gzip": True}, together=len(STEPS), encoding="gzip")
        yield Case(sdk, "batch", STEPS, soon | {"gzip": False}, together=len(STEPS))
        yield Case(sdk, "retry", (TRIED,), soon | {"gzip": False}, TWICE)
    yield Case(CUSTOMERIO, "calls", ONE_OF_EACH)
    yield Case(CUSTOMERIO, "batch", (IDENTIFY, *STEPS), {"batch": True}, together=len(STEPS) + 1)
    yield Case(CUSTOMERIO, "retry", (TRIED,), faults=TWICE)


def _node() -> Iterator[Case]:
    yield Case(SEGMENT_NODE, "calls", ONE_OF_EACH, {"flushAt": 1})
    yield Case(SEGMENT_NODE, "batch", STEPS, together=len(STEPS))
    yield Case(SEGMENT_NODE, "retry", (TRIED,), faults=TWICE)
    yield Case(RUDDER_NODE, "calls", ONE_OF_EACH, {"flushAt": 1, "gzip": False})
    yield Case(RUDDER_NODE, "gzip", STEPS, {"flushInterval": 100}, together=len(STEPS) - 1, encoding="gzip")
    yield Case(RUDDER_NODE, "batch", STEPS, {"flushInterval": 100, "gzip": False}, together=len(STEPS) - 1)
    yield Case(RUDDER_NODE, "retry", (TRIED,), faults=TWICE, encoding="gzip")
    yield Case(JITSU_NODE, "calls", ONE_OF_EACH)
    yield Case(JITSU_NODE, "server-to-server", ONE_OF_EACH, {"s2s": True})
    yield Case(JITSU_NODE, "refused", (TRIED,), faults=(Fault.REFUSED,), told=("503",), lost=True)
    yield Case(DITTOFEED, "calls", ONE_OF_EACH)
    yield Case(DITTOFEED, "batch", STEPS, together=5)
    yield Case(DITTOFEED, "refused", (TRIED,), faults=(Fault.REFUSED,), told=("503",), lost=True)
