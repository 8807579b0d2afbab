"""What putting a folder into a deployment would change. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff

from infra.definitions.layout import Definitions, Key, to_files


@dataclass(frozen=True)
class Plan:
    """What is to be done to make a deployment say what a folder says.

    put:     new definitions and those that say something else, in the order in which they are put.
    publish: the journeys to be published: those that shall be live and are not, or are put anew.
    only_there: definitions that the folder does not have. They stay: nothing is deleted by a file that is missing.
    """

    put: tuple[Key, ...]
    publish: tuple[str, ...]
    only_there: tuple[Key, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done."""
        return not self.put and not self.publish


def plan(wanted: Definitions, standing: Definitions, order: tuple[str, ...]) -> Plan:
    """How `standing` becomes `wanted`. Bodies are compared as values, so both must have their defaults written out."""
    put = [key for key, body in wanted.bodies.items() if standing.bodies.get(key) != body]
    publish = {name for name in wanted.live if name not in standing.live or Key("journeys", name) in put}
    return Plan(
        tuple(sorted(put, key=lambda key: (order.index(key.kind), key.name))),
        tuple(sorted(publish)),
        tuple(sorted(set(standing.bodies) - set(wanted.bodies))),
    )


def shown(wanted: Definitions, standing: Definitions) -> Iterator[str]:
    """The differences as lines of a unified diff, file by file, from what stands to what is wanted.

    What only the deployment has is not touched, and so is no difference.
    """
    names = {key.name for key in wanted.bodies if key.kind == "journeys"}
    touched = {key: body for key, body in standing.bodies.items() if key in wanted.bodies}
    there, here = to_files(Definitions(touched, standing.live & names)), to_files(wanted)
    for path in sorted({*here, *there}):
        before, after = there.get(path, ""), here.get(path, "")
        if before != after:
            yield from unified_diff(_lines(before), _lines(after), f"deployed/{path}", f"folder/{path}")


def _lines(text: str) -> list[str]:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines
