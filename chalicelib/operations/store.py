"""What was given up, where it lies: listed, done again, discarded."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.aws.batches import LARGEST
from chalicelib.aws.files import Files
from chalicelib.aws.functions import Functions
from chalicelib.aws.letters import DeadLetters, Letter
from chalicelib.errors import Permanent
from chalicelib.operations.failure import OF_JOBS, Failure, of_batch, of_letter

LOOKED_AT: Final = 500  # letters, or files of the bucket, in one request
_AT_ONCE: Final = 10  # batches held in memory

logger = logging.getLogger(__name__)


class Unknown(Exception):
    """There is no such failure (any more), or somebody else looks at it at this moment."""


class NotReplayable(Exception):
    """It is not known who should do it again, or too little of it was kept."""


class Behind(Exception):
    """There are more letters than one look takes, and none of those that it took is of the queue that was asked for."""


@dataclass(frozen=True)
class Seen:
    """Letters that were looked at, the oldest first. more: others lie behind them, which nobody has looked at."""

    letters: list[Failure]
    more: bool


@dataclass(frozen=True)
class Done:
    """What became of each, by its id: None, or why it stays. more: there are others that were not tried."""

    outcomes: list[tuple[str, str | None]]
    more: bool


@dataclass(frozen=True)
class FailureStore:
    """The queue of dead letters and the bucket of batches. `functions` do batches again."""

    dead: DeadLetters
    bucket: Files
    functions: Functions

    def letters(self, of: str | None = None) -> Seen:
        """The dead letters of one queue or all, of up to LOOKED_AT: SQS gives them in no order, and two who look at
        once each see a part."""
        taken = self.dead.take(LOOKED_AT)
        self.dead.put_back(taken)
        found = [failure for failure in map(of_letter, taken) if of in (None, failure.of)]
        return Seen(sorted(found, key=lambda failure: (failure.at, failure.id)), len(taken) == LOOKED_AT)

    def batches(self, most: int, after: str = "", of: str | None = None) -> tuple[list[Failure], str | None]:
        """Up to `most` batches behind the key `after`, of one function or all, and where to go on; None at the end."""
        found: list[Failure] = []
        looked_at = 0
        for key in self.bucket.keys(""):
            if key <= after:
                continue
            if len(found) == most or looked_at == LOOKED_AT:
                return found, after
            after, looked_at = key, looked_at + 1
            batch = self._batch(key)
            if batch is not None and of in (None, batch.of):
                found.append(batch)
        return found, None

    def replay_letter(self, id: str) -> None:
        """Send one letter again to the queue that gave it up. Unknown, NotReplayable."""
        with_it = self._letter(id)
        self._act(with_it, self._send_again)

    def discard_letter(self, id: str) -> None:
        """Forget one letter. Unknown."""
        self._act(self._letter(id), self.dead.forget)

    def replay_letters(self, most: int, of: str | None) -> Done:
        """Up to `most`, those first that can be. Behind."""
        return self._each_letter(most, of, self._send_again)

    def discard_letters(self, most: int, of: str | None) -> Done:
        """Up to `most`. Behind."""
        return self._each_letter(most, of, self.dead.forget)

    def replay_batch(self, key: str) -> None:
        """Have the function do a batch again that gave it up, and forget it if it did. Unknown, NotReplayable;
        Permanent if it failed again."""
        batch = self._known_batch(key)
        if batch.of is None or not batch.replayable or not batch.holds.get("Records"):
            raise NotReplayable("Lambda kept no records of this batch.")
        if batch.of in OF_JOBS:
            self.functions.tell(batch.of, batch.holds)
        else:
            failed = len((self.functions.call(batch.of, batch.holds) or {}).get("batchItemFailures", ()))
            if failed:
                raise Permanent(f"{failed} of {batch.count} records failed again; the log of {batch.of} says why")
        self.bucket.delete(key)

    def discard_batch(self, key: str) -> None:
        """Forget a batch. Unknown."""
        self._known_batch(key)
        self.bucket.delete(key)

    def replay_batches(self, most: int, of: str | None, in_time: Callable[[], bool]) -> Done:
        """Up to `most`, as long as there is time; what fails again stays, and stands in nobody's way."""
        return self._each_batch(most, of, in_time, self.replay_batch)

    def discard_batches(self, most: int, of: str | None, in_time: Callable[[], bool]) -> Done:
        """Up to `most`, as long as there is time."""
        return self._each_batch(most, of, in_time, self.discard_batch)

    def _each_batch(self, most: int, of: str | None, in_time: Callable[[], bool], act: Callable[[str], None]) -> Done:
        outcomes: list[tuple[str, str | None]] = []
        after: str | None = ""
        while after is not None:
            page, after = self.batches(_AT_ONCE, after, of)
            for batch in page:
                if not in_time() or sum(why is None for _, why in outcomes) == most:
                    return Done(outcomes, more=True)
                try:
                    act(batch.id)
                except Unknown:
                    continue  # somebody else was quicker
                except (NotReplayable, Permanent) as why:
                    outcomes.append((batch.id, str(why)))
                else:
                    outcomes.append((batch.id, None))
        return Done(outcomes, more=False)

    def _send_again(self, letter: Letter) -> None:
        failure = of_letter(letter)
        if failure.of is None or not failure.replayable:
            raise NotReplayable("Nobody says which queue gave it up, or it is no message of ours.")
        self.dead.send_again(letter, failure.of)  # first: twice is safe, never is not
        self.dead.forget(letter)

    def _letter(self, id: str) -> Letter:
        taken = self.dead.take(LOOKED_AT)
        found = next((letter for letter in taken if letter.id == id), None)
        self.dead.put_back([letter for letter in taken if letter is not found])
        if found is None:
            raise Unknown(id)
        return found

    def _act(self, letter: Letter, act: Callable[[Letter], None]) -> None:
        try:
            act(letter)
        except NotReplayable:
            self.dead.put_back([letter])
            raise

    def _each_letter(self, most: int, of: str | None, act: Callable[[Letter], None]) -> Done:
        taken = self.dead.take(LOOKED_AT)
        mine = sorted((letter for letter in taken if of in (None, of_letter(letter).of)), key=_turn)
        chosen, full = mine[:most], len(taken) == LOOKED_AT
        self.dead.put_back([letter for letter in taken if letter not in chosen])
        if full and not chosen:
            others = ", ".join(sorted({of_letter(letter).of or "nobody known" for letter in taken}))
            raise Behind(
                f"More than {LOOKED_AT} letters lie there, and none of the {LOOKED_AT} that were looked at is of {of}."
                f" Replay or discard those of {others} first, or ask again: they come in no order."
            )
        return Done([(letter.id, self._tried(letter, act)) for letter in chosen], full or len(mine) > most)

    def _tried(self, letter: Letter, act: Callable[[Letter], None]) -> str | None:
        try:
            self._act(letter, act)
        except NotReplayable as why:
            return str(why)
        return None

    def _known_batch(self, key: str) -> Failure:
        batch = self._batch(key)
        if batch is None:
            raise Unknown(key)
        return batch

    def _batch(self, key: str) -> Failure | None:
        try:
            text: Any = self.bucket.read(key, 0, LARGEST).decode()
        except (KeyError, UnicodeDecodeError):
            return None
        return of_batch(key, text)


def _turn(letter: Letter) -> tuple[bool, datetime, str]:
    """The oldest first, and behind all others what nobody can do again: it must not stand in their way."""
    return not of_letter(letter).replayable, letter.sent_at, letter.id
