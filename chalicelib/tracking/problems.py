"""What is wrong with something that somebody has set up or defined, said so that its author can mend it: where, what,
and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One objection. `path` leads from the definition to the place: `steps[1].branches[0].when`; empty is the whole."""

    path: str
    problem: str
    hint: str

    def details(self) -> dict[str, str]:
        """The form that the API shows."""
        return {"path": self.path, "problem": self.problem, "hint": self.hint}


class Invalid(ValueError):
    """A definition that cannot be used; `problems` holds every objection that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.path or 'definition'}: {p.problem}" for p in self.problems))

    def details(self) -> list[dict[str, str]]:
        """Every objection in the form that the API shows."""
        return [problem.details() for problem in self.problems]


def named(name: str, body: object) -> object:
    """The body with the path's name in it; a body that says another name is refused."""
    if not isinstance(body, dict):
        return body
    if body.get("name", name) != name:
        problem = Problem("name", "This is another name than the path's", "Leave it out, or make them equal.")
        raise Invalid([problem])
    return {**body, "name": name}
