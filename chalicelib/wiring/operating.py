"""What an operator looks at."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.wiring.showing import Showing

if TYPE_CHECKING:
    from chalicelib.operations.doctor.store import ReadingStore
    from chalicelib.operations.store import FailureStore


class Operating(Showing):
    """What was given up, and how the deployment is."""

    @cached_property
    def failures(self) -> FailureStore:
        """Dead letters, and batches of streams."""
        from chalicelib.operations.store import FailureStore

        return FailureStore(self.letters, self.batches, self.functions)

    @cached_property
    def readings(self) -> ReadingStore:
        """What the doctor looks at."""
        from chalicelib.operations.doctor.store import ReadingStore

        return ReadingStore(self.db, self.instruments, self.batches, self.brake, self.fits, self.jobs)
