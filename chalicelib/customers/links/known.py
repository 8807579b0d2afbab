"""Which claims of a customer's events are saved already: a few bytes in the state, so that the identify with which
every page view of some sites begins costs no read.

For each of the last 16 claims fourteen bytes: eight of a hash of source, target and whether it was trusted, and six of
its time in milliseconds. A claim is known if the same pair was saved with an earlier time, by an event that was trusted
if this one is: then it changes nothing. This only saves reads: what falls out is asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from chalicelib.customers.claims import Claim
from chalicelib.ids import digest
from chalicelib.times import milliseconds

MOST: Final = 16
_ENTRY: Final = 14
_DECIDED: Final = ("merge", "split")


def unknown(known: bytes, claims: Iterable[Claim]) -> list[Claim]:
    """The claims that may change something. Merges and splits always may."""
    held = _held(known)
    return [claim for claim in claims if not _is_known(held, claim)]


def add(known: bytes, claims: Iterable[Claim]) -> bytes:
    """With these claims, which were saved, and without the oldest beyond sixteen."""
    held = _held(known)
    for claim in claims:
        if claim.why not in _DECIDED:
            mark, at = _mark(claim, claim.trusted), _time(claim)
            held[mark] = min(at, held.pop(mark, at))
    return b"".join(mark + at for mark, at in list(held.items())[-MOST:])


def _is_known(held: Mapping[bytes, bytes], claim: Claim) -> bool:
    saved = (held.get(_mark(claim, trusted)) for trusted in (True, claim.trusted))
    return claim.why not in _DECIDED and any(at is not None and at < _time(claim) for at in saved)


def _held(known: bytes) -> dict[bytes, bytes]:
    entries = (known[start : start + _ENTRY] for start in range(0, len(known), _ENTRY))
    return {entry[:8]: entry[8:] for entry in entries}


def _mark(claim: Claim, trusted: bool) -> bytes:
    return bytes.fromhex(digest(claim.source, claim.target, str(trusted), length=16))


def _time(claim: Claim) -> bytes:
    return (milliseconds(claim.at)).to_bytes(6, "big")
