"""`DeadLetters`, `Functions` and `Instruments` in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

from chalicelib.aws.instruments import Quota, Raised, Standing
from chalicelib.aws.letters import HIDDEN, Letter
from chalicelib.aws.queues import Queues
from chalicelib.resources import DEAD, QUEUES


class MemoryLetters:
    """`held`: what was given up, by id; `hidden`: what somebody has taken; `sent`: what was sent again, and whither.
    queues: where it is then."""

    def __init__(self, queues: Queues | None = None) -> None:
        self._queues = queues
        self.held: dict[str, Letter] = {}
        self.hidden: set[str] = set()
        self.sent: list[tuple[str, str]] = []
        self._numbers = count(1)

    def given_up(self, source: str | None, body: object, at: datetime) -> str:
        """Something is given up; its id."""
        id = f"letter-{next(self._numbers)}"
        text = body if isinstance(body, str) else json.dumps(body)
        self.held[id] = Letter(id, text, source, at, "")
        return id

    def take(self, most: int, hidden: int = HIDDEN) -> list[Letter]:
        seen = [letter for id, letter in self.held.items() if id not in self.hidden][:most]
        self.hidden |= {letter.id for letter in seen}
        taken = [replace(letter, handle=f"handle-{next(self._numbers)}") for letter in seen]
        self.held |= {letter.id: letter for letter in taken}
        return taken

    def count(self) -> int:
        return len(self.held)

    def put_back(self, letters: Sequence[Letter]) -> None:
        self.hidden -= {letter.id for letter in letters}

    def send_again(self, letter: Letter, queue: str) -> None:
        self.sent.append((queue, letter.text))
        if self._queues is not None:
            self._queues.send(queue, [json.loads(letter.text)])

    def forget(self, letter: Letter) -> None:
        assert self.held[letter.id].handle == letter.handle, "only the newest handle forgets"
        del self.held[letter.id]
        self.hidden.discard(letter.id)


class MemoryFunctions:
    """`called`: every call, and whether its answer was waited for. `answer` is what functions say."""

    def __init__(self, answer: Callable[[str, Mapping[str, Any]], Any] | None = None) -> None:
        self.called: list[tuple[str, Mapping[str, Any], bool]] = []
        self.answer = answer or (lambda function, event: {"batchItemFailures": []})

    def call(self, function: str, event: Mapping[str, Any]) -> Any:
        self.called.append((function, event, True))
        return self.answer(function, event)

    def tell(self, function: str, event: Mapping[str, Any]) -> None:
        self.called.append((function, event, False))


class MemoryInstruments:
    """What AWS says: nothing stands, nothing is behind, no alarm. Each attribute may be set, or raise (`broken`)."""

    def __init__(self) -> None:
        self.standing = dict.fromkeys((*QUEUES, DEAD), Standing(0))
        self.queue_ages: dict[str, float] = {}
        self.function_ages: dict[str, float] = {}
        self.raised: list[Raised] = []
        self.allowed = Quota(14.0, 50_000.0, 120.0, live=True, enabled=True, standing="HEALTHY")
        self.broken: Exception | None = None

    def queues(self) -> Mapping[str, Standing]:
        self._break()
        return self.standing

    def ages(self, now: datetime) -> tuple[Mapping[str, float], Mapping[str, float]]:
        self._break()
        return self.queue_ages, self.function_ages

    def alarms(self) -> Sequence[Raised]:
        self._break()
        return self.raised

    def quota(self) -> Quota:
        self._break()
        return self.allowed

    def _break(self) -> None:
        if self.broken is not None:
            raise self.broken
