"""Which SDKs are run, and what each is asked to do: a table, read by runs.py and by those who keep the docs true.

Options are the SDK's own, under its own names. What an SDK cannot do is not in the table; docs/TRACKING.md says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
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
PAGE: Final[Call] = {"type": "page", "name": "Pricing", "properties": {"section": "plans", "shown": 3}}
STEPS: Final = tuple({"type": "track", "event": "Step Taken", "properties": {"step": step}} for step in range(12))
TRIED: Final[Call] = {"type": "track", "event": "Tried Again", "properties": {"step": 1}}


class Leaving(StrEnum):
    """How somebody leaves a page on which everything was said, and not everything has arrived.

    CLOSES: closes the tab. GOES: to another page. RETURNS: once everything has failed, to a page with the same SDK.
    """

    CLOSES = "closes"
    GOES = "goes"
    RETURNS = "returns"


@dataclass(frozen=True)
class Sdk:
    """One client. `name` is the package's; `program` says things with it; `where` it is run: python, node, browser.

    source: who reads it here. https: it speaks nothing else, or the page that it starts from asks for it.
    key:    how it writes its key; `{key}` is ours.
    """

    name: str
    where: str
    program: str
    source: str = "segment"
    https: bool = False
    key: str = "{key}"

    def written(self, key: str) -> str:
        """The key as this client wants it."""
        return self.key.format(key=key)


@dataclass(frozen=True)
class Case:
    """What one client is asked to say, what goes wrong meanwhile, and what must come of it.

    does:     in a word; the test's name.
    together: how many calls its largest request must hold. encoding: of every body, as it is on the wire.
    told:     what the client must have been told of errors: a part of it for each, in order.
    lost:     the calls never arrive, because the client does not try again.
    wrong_key: they come under a key that nobody made.
    source:   who reads it, where that is another than for most of what the SDK says.
    leaving:  of a browser: how the page is left.
    direct:   it posts to the API itself, whose address has a path, past the recorder: a browser because our settings
              send it there, a server because it was given that address.
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
    wrong_key: bool = False
    source: str = ""
    leaving: Leaving | None = None
    direct: bool = False

    def __str__(self) -> str:
        name = self.sdk.name.strip("@").replace("/", "-").replace(" ", "-")
        return f"{name}-{self.does}" if self.sdk.where in name else f"{name}-{self.sdk.where}-{self.does}"


SEGMENT_PYTHON: Final = Sdk("segment-analytics-python", "python", "segment_analytics_python.py")
RUDDER_PYTHON: Final = Sdk("rudder-sdk-python", "python", "rudder_sdk_python.py")
CUSTOMERIO: Final = Sdk("customerio", "python", "customerio_python.py", source="customerio", https=True)
SEGMENT_NODE: Final = Sdk("@segment/analytics-node", "node", "segment-analytics-node.mjs")
RUDDER_NODE: Final = Sdk("@rudderstack/rudder-sdk-node", "node", "rudder-sdk-node.mjs")
JITSU_NODE: Final = Sdk("@jitsu/js", "node", "jitsu-js.mjs", source="jitsu", key="perennial:{key}")
DITTOFEED: Final = Sdk("@dittofeed/sdk-node", "node", "dittofeed-sdk-node.mjs", source="dittofeed")
SEGMENT_BROWSER: Final = Sdk("@segment/analytics-next", "browser", "analytics-next.html")
SNIPPET: Final = Sdk("@segment/snippet", "browser", "snippet.html", https=True)
RUDDER_BROWSER: Final = Sdk("@rudderstack/analytics-js", "browser", "rudder-analytics-js.html")
JITSU_BROWSER: Final = Sdk("@jitsu/js", "browser", "jitsu-js.html", source="jitsu", key="perennial:{key}")
JITSU_SCRIPT: Final = Sdk("@jitsu/js p.js", "browser", "jitsu-script.html", source="jitsu", key="perennial:{key}")

# What each says of a key that is not known here: told once, and not tried again.
REFUSALS: Final[Mapping[Sdk, str]] = {
    SEGMENT_PYTHON: "unknown_write_key",
    RUDDER_PYTHON: "unknown_write_key",
    CUSTOMERIO: "unknown_write_key",
    SEGMENT_NODE: "401",
    RUDDER_NODE: "401",
    JITSU_NODE: "unknown_write_key",
    DITTOFEED: "401",
    SEGMENT_BROWSER: "401",
    JITSU_BROWSER: "unknown_write_key",
}

ONE_OF_EACH: Final = (IDENTIFY, ORDER, PAGE)
FIRST_A_VISITOR: Final = (PAGE, IDENTIFY, ORDER)
TWICE: Final = (Fault.REFUSED, Fault.UNHEARD)


def cases() -> Iterator[Case]:
    """Every run."""
    yield from _python()
    yield from _node()
    yield from _analytics_next()
    yield from _other_browsers()
    for sdk in (SEGMENT_PYTHON, RUDDER_PYTHON, SEGMENT_NODE, RUDDER_NODE, JITSU_NODE, DITTOFEED):
        yield Case(sdk, "with-a-path", ONE_OF_EACH, direct=True)
    for sdk, told in REFUSALS.items():
        encoding = "gzip" if sdk in (RUDDER_PYTHON, RUDDER_NODE) else ""
        yield Case(sdk, "wrong-key", (TRIED,), encoding=encoding, told=(told,), lost=True, wrong_key=True)


def _python() -> Iterator[Case]:
    one, all_at_once = {"upload_size": 1}, {"upload_size": len(STEPS), "upload_interval": 5}
    for sdk in (SEGMENT_PYTHON, RUDDER_PYTHON):
        yield Case(sdk, "calls", ONE_OF_EACH, one | {"gzip": False})
        yield Case(sdk, "batch", STEPS, all_at_once | {"gzip": False}, together=len(STEPS))
        yield Case(sdk, "gzip", STEPS, all_at_once | {"gzip": True}, together=len(STEPS), encoding="gzip")
        yield Case(sdk, "retry", (TRIED,), one | {"gzip": False}, TWICE)
    yield Case(CUSTOMERIO, "calls", ONE_OF_EACH)
    yield Case(CUSTOMERIO, "batch", (IDENTIFY, *STEPS), {"batch": True}, together=len(STEPS) + 1)
    yield Case(CUSTOMERIO, "retry", (TRIED,), faults=TWICE)


def _node() -> Iterator[Case]:
    yield Case(SEGMENT_NODE, "calls", ONE_OF_EACH, {"flushAt": 1})
    yield Case(SEGMENT_NODE, "batch", STEPS, {"flushAt": len(STEPS)}, together=len(STEPS))
    yield Case(SEGMENT_NODE, "retry", (TRIED,), faults=TWICE)
    rest = len(STEPS) - 1  # its first call goes alone, whatever the options
    yield Case(RUDDER_NODE, "calls", ONE_OF_EACH, {"flushAt": 1, "gzip": False})
    yield Case(RUDDER_NODE, "batch", STEPS, {"flushAt": rest, "gzip": False}, together=rest)
    yield Case(RUDDER_NODE, "gzip", STEPS, {"flushAt": rest}, together=rest, encoding="gzip")
    yield Case(RUDDER_NODE, "retry", (TRIED,), faults=TWICE, encoding="gzip")
    yield Case(JITSU_NODE, "calls", ONE_OF_EACH)
    yield Case(JITSU_NODE, "server-to-server", ONE_OF_EACH, {"s2s": True})
    yield Case(JITSU_NODE, "refused", (TRIED,), faults=(Fault.REFUSED,), told=("503",), lost=True)
    yield Case(DITTOFEED, "calls", ONE_OF_EACH)
    yield Case(DITTOFEED, "batch", STEPS, together=5)
    yield Case(DITTOFEED, "refused", (TRIED,), faults=(Fault.REFUSED,), told=("503",), lost=True)


def _batching(**config: object) -> dict[str, object]:
    return {"deliveryStrategy": {"strategy": "batching", "config": config}}


def _analytics_next() -> Iterator[Case]:
    sdk, few = SEGMENT_BROWSER, STEPS[:3]
    yield Case(sdk, "calls", ONE_OF_EACH)
    yield Case(sdk, "visitor-first", FIRST_A_VISITOR)
    yield Case(sdk, "batch", STEPS, _batching(size=len(STEPS), timeout=99_000), together=len(STEPS))
    yield Case(sdk, "retry", (TRIED,), faults=TWICE)
    # a batch that failed waits for the timer of the next one
    yield Case(sdk, "retry-batch", few, _batching(size=3, timeout=2_000), TWICE, together=3)
    yield Case(sdk, "unload-goes", few, _batching(size=99, timeout=99_000), together=3, leaving=Leaving.GOES)
    yield Case(sdk, "unload-closes", few, _batching(size=99, timeout=99_000), together=3, leaving=Leaving.CLOSES)
    yield Case(sdk, "next-page-lost", few, faults=(Fault.REFUSED,) * 3, leaving=Leaving.RETURNS)
    yield Case(sdk, "next-page-unheard", few, faults=(Fault.UNHEARD,) * 3, leaving=Leaving.RETURNS)
    yield Case(SNIPPET, "calls", ONE_OF_EACH)
    yield Case(SNIPPET, "direct", ONE_OF_EACH, direct=True)


def _other_browsers() -> Iterator[Case]:
    patient = {"useBeacon": True, "beaconQueueOptions": {"flushQueueInterval": 99_000}}
    batch = {"queueOptions": {"batch": {"enabled": True, "maxItems": len(STEPS), "flushInterval": 99_000}}}
    quick = {"queueOptions": {"minRetryDelay": 200}}
    few = STEPS[:3]
    yield Case(RUDDER_BROWSER, "calls", ONE_OF_EACH)
    yield Case(RUDDER_BROWSER, "visitor-first", FIRST_A_VISITOR)
    yield Case(RUDDER_BROWSER, "batch", STEPS, batch, together=len(STEPS))
    yield Case(RUDDER_BROWSER, "retry", (TRIED,), quick, TWICE)
    yield Case(RUDDER_BROWSER, "unload-goes", few, patient, together=3, source="rudder", leaving=Leaving.GOES)
    yield Case(RUDDER_BROWSER, "unload-closes", few, patient, together=3, source="rudder", leaving=Leaving.CLOSES)
    yield Case(JITSU_BROWSER, "calls", ONE_OF_EACH)
    yield Case(JITSU_BROWSER, "visitor-first", FIRST_A_VISITOR)
    yield Case(JITSU_BROWSER, "refused", (TRIED,), faults=(Fault.REFUSED,), told=("failed",), lost=True)
    yield Case(JITSU_SCRIPT, "calls", ONE_OF_EACH)
