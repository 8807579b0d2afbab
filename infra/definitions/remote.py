"""The definitions of a deployment, through its HTTP API, as anybody with a key may read and put them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from infra.definitions.layout import KINDS, Definitions, Key
from infra.http import Answer, Api

_NEEDED: Final = (
    "a key with the scopes definitions, settings, segments, audiences and coupons, each :read, and :write for a push"
)


class Refused(Exception):
    """An answer that the command cannot go on with; the text is the API's own, with what to do."""


@dataclass(frozen=True)
class Deployment:
    """One deployment's definitions. `newest`: read journeys in their newest versions, not in those that are live."""

    api: Api
    newest: bool = False

    def read(self) -> Definitions:
        """Everything that is defined there. Settings that nobody has put are left out: they are defaults."""
        bodies: dict[Key, Mapping[str, Any]] = {}
        live: set[str] = set()
        for kind in KINDS:
            if kind == "settings":
                found = self._get("/v1/settings")["settings"]
                bodies |= {Key(kind, one["name"]): one["setting"] for one in found if one["version"]}
                continue
            for state in self._states(kind):
                key = Key(kind, state["name"])
                if kind not in ("segments", "audiences") or state["live"]:  # an ended one is none any more
                    bodies[key] = self._body(key, state)
                if kind == "journeys" and state["live"]:
                    live.add(key.name)
        own = {key.name for key in bodies if key.kind == "broadcasts"}  # their journeys are made of them
        kept = {key: body for key, body in bodies.items() if key.kind != "journeys" or key.name not in own}
        return Definitions(kept, frozenset(live - own))

    def put(self, key: Key, body: Mapping[str, Any]) -> str | None:
        """Put one definition; what the API objects to, or None."""
        return _objection(self.api.ask("PUT", f"/v1/{key}", body))

    def publish(self, journey: str) -> str | None:
        """Let a journey's newest version take the new entrants; what the API objects to, or None."""
        newest = self._get(f"/v1/journeys/{journey}")["state"]["newest_version"]
        return _objection(self.api.ask("POST", f"/v1/journeys/{journey}/publish", {"version": newest}))

    def _states(self, kind: str) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        while True:
            page = self._get(f"/v1/{kind}?limit=200" + (f"&cursor={cursor}" if cursor else ""))
            yield from page[kind if kind in page else "definitions"]
            cursor = page["cursor"]
            if not cursor:
                return

    def _body(self, key: Key, state: Mapping[str, Any]) -> Mapping[str, Any]:
        in_force = state["version"] if key.kind == "journeys" and not self.newest else None
        asked = f"?version={in_force}" if in_force else ""
        body: Mapping[str, Any] = self._get(f"/v1/{key}{asked}")["definition"]
        return {name: value for name, value in body.items() if name not in ("name", "version")}

    def _get(self, path: str) -> Any:
        answer = self.api.ask("GET", path)
        objection = _objection(answer)
        if objection is not None:
            raise Refused(f"GET {path}: {objection}")
        return answer.json()


def put_all(
    deployment: Deployment, wanted: Definitions, keys: Sequence[Key], echo: Callable[[str], object]
) -> dict[Key, str]:
    """Put definitions; those that were refused, with the reason.

    Whatever names another one (a segment of a segment) may have been put before it, so what is refused is tried again
    as long as that helps.
    """
    waiting = list(keys)
    while waiting:
        refused: dict[Key, str] = {}
        for key in waiting:
            objection = deployment.put(key, wanted.bodies[key])
            if objection is None:
                echo(f"put {key}")
            else:
                refused[key] = objection
        if len(refused) == len(waiting):
            return refused
        waiting = list(refused)
    return {}


def _objection(answer: Answer) -> str | None:
    if 200 <= answer.status < 300:
        return None
    try:
        said = answer.json()
    except ValueError:
        return f"the answer was {answer.status} and no JSON. Is this the address of an API?"
    lines = [f"{said.get('message', answer.status)} ({said.get('code')})"]
    details = said.get("details")
    for one in details if isinstance(details, list) else []:
        lines.append(f"  {one.get('path')}: {one.get('problem')}. {one.get('hint')}")
    if answer.status in (401, 403):
        lines.append(f"  This needs {_NEEDED}.")
    return "\n".join(lines)
