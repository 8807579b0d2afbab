"""Templates and blocks as they are put: compiled, checked, kept. What a sender reads is what lies here.

Putting a block again makes a new version of every template that holds it; all of them are compiled and checked before
the first is kept, so a footer that breaks one mail is not in force in the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.aws.database import Database
from chalicelib.catalog.pointer import Pointer
from chalicelib.catalog.store import DefinitionStore
from chalicelib.journeys import block as blocks
from chalicelib.journeys import template as templates
from chalicelib.journeys.block import Block
from chalicelib.journeys.store import TemplateStore
from chalicelib.journeys.template import Content, Template
from chalicelib.messages import compiled
from chalicelib.messages.checks import Findings, Person, findings
from chalicelib.messages.compiling import made
from chalicelib.messages.weaving import places
from chalicelib.segments.fields import is_name
from chalicelib.tracking.problems import Invalid, Problem, named

BLOCK: Final = "block"


def nobody_real() -> Sequence[Person]:
    """No real people to try templates with."""
    return ()


@dataclass(frozen=True)
class Put:
    """What putting made. `advice`: what its author should know. `remade`: the templates that have a new version."""

    pointer: Pointer
    body: dict[str, Any]
    advice: tuple[Problem, ...] = ()
    remade: tuple[str, ...] = ()


class Shelf:
    """Where templates and blocks are put.

    domain: that of the deployment's sender, or None where any may be named. people: real ones, to try templates with;
    asked once for each put.
    """

    def __init__(
        self,
        db: Database,
        clock: Callable[[], datetime],
        domain: str | None = None,
        people: Callable[[], Sequence[Person]] = nobody_real,
    ) -> None:
        self.templates = TemplateStore(db)
        self.blocks = DefinitionStore(db, BLOCK)
        self._clock = clock
        self._domain = domain
        self._people = people

    def put(self, name: str, body: object, *, expected: int | None = None) -> Put:
        """Make a version of a template, in force from the next message on; the same content makes none.

        Raises Invalid with every problem, and VersionConflict."""
        template, found = self.tried(name, body)
        if found.problems:
            raise Invalid(found.problems)
        return Put(self._keep(template, expected), template.body(), found.advice)

    def tried(self, name: str, body: object) -> tuple[Template, Findings]:
        """A template as it would be kept, and what is wrong with it. Raises Invalid if it cannot be compiled."""
        content = templates.parse(named(name, body))
        template = made(content, self._blocks(content))
        return template, findings(template, self._clock(), self._people(), self._domain)

    def put_block(self, name: str, body: object, *, expected: int | None = None) -> Put:
        """Make a version of a block, and of every template that holds it. Raises Invalid and VersionConflict."""
        block = blocks.parse(named(name, body))
        people = self._people()
        remade = [self._remade(content, block, people) for content in self._holding(name)]
        now = self._clock()
        pointer = self.blocks.put(name, name, block.body(), now, expected=expected, in_force=True)
        for template in remade:
            self._keep(template, None)
        return Put(pointer, block.body(), remade=tuple(template.name for template in remade))

    def block(self, name: str) -> Block | None:
        """A block as it is now."""
        pointer = self.blocks.pointer(name)
        body = self.blocks.body(name, pointer.latest) if pointer is not None else None
        return None if body is None else Block.model_validate(body)

    def _keep(self, template: Template, expected: int | None) -> Pointer:
        now = self._clock()
        return self.templates.put(
            template.name, template.title_line, template.stored(), now, expected=expected, in_force=True
        )

    def _remade(self, content: Content, block: Block, people: Sequence[Person]) -> Template:
        template = made(content, {**self._blocks(content, but=block.name), block.name: block})
        found = findings(template, self._clock(), people, self._domain)
        if found.problems:
            raise Invalid([Problem(_in(content.name, each.path), each.problem, each.hint) for each in found.problems])
        return template

    def _holding(self, name: str) -> list[Content]:
        """The templates that hold a block, as they are now."""
        current = (self.templates.template(pointer.name) for pointer in self.templates.pointers())
        return [
            template
            for template in current
            if template is not None and template.compiled is not None and name in compiled.of(template).blocks
        ]

    def _blocks(self, content: Content, but: str | None = None) -> dict[str, Block]:
        """The blocks that a template holds, those of them that there are."""
        found = {name: self.block(name) for name in sorted(places(content)) if name != but and is_name(name)}
        return {name: block for name, block in found.items() if block is not None}


def _in(template: str, path: str) -> str:
    return f"template {template}: {path}" if path else f"template {template}"
