"""Whose clock counts: the person's own, as a trait names it, and that of where the telephone number is from. Pure.

Where both are known both must show an hour at which the channel may be used: nobody knows in which of them the person
is. A country of several zones says nothing about somebody who has named one; of somebody who has named none its
westernmost and its easternmost both count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from typing import Any, Final

from chalicelib.customers import zones
from chalicelib.tracking import contact

BY_NUMBER: Final = frozenset({"sms", "phone"})

_EUROPE: Final = {
    "30": "Athens", "31": "Amsterdam", "32": "Brussels", "33": "Paris", "350": "Gibraltar", "352": "Luxembourg",
    "353": "Dublin", "355": "Tirane", "356": "Malta", "357": "Nicosia", "358": "Helsinki", "359": "Sofia",
    "36": "Budapest", "370": "Vilnius", "371": "Riga", "372": "Tallinn", "373": "Chisinau", "376": "Andorra",
    "377": "Monaco", "378": "San_Marino", "380": "Kyiv", "381": "Belgrade", "382": "Podgorica", "385": "Zagreb",
    "386": "Ljubljana", "387": "Sarajevo", "389": "Skopje", "39": "Rome", "40": "Bucharest", "41": "Zurich",
    "420": "Prague", "421": "Bratislava", "423": "Vaduz", "43": "Vienna", "44": "London", "45": "Copenhagen",
    "46": "Stockholm", "47": "Oslo", "48": "Warsaw", "49": "Berlin", "90": "Istanbul",
}  # fmt: skip
_ELSEWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "1": ("Pacific/Honolulu", "America/St_Johns"),
    "20": ("Africa/Cairo",),
    "27": ("Africa/Johannesburg",),
    "34": ("Atlantic/Canary", "Europe/Madrid"),
    "351": ("Atlantic/Azores", "Europe/Lisbon"),
    "354": ("Atlantic/Reykjavik",),
    "52": ("America/Tijuana", "America/Cancun"),
    "54": ("America/Argentina/Buenos_Aires",),
    "55": ("America/Rio_Branco", "America/Noronha"),
    "56": ("Pacific/Easter", "America/Santiago"),
    "57": ("America/Bogota",),
    "61": ("Australia/Perth", "Australia/Sydney"),
    "62": ("Asia/Jakarta", "Asia/Jayapura"),
    "63": ("Asia/Manila",),
    "64": ("Pacific/Auckland",),
    "65": ("Asia/Singapore",),
    "7": ("Europe/Kaliningrad", "Asia/Kamchatka"),
    "81": ("Asia/Tokyo",),
    "82": ("Asia/Seoul",),
    "84": ("Asia/Ho_Chi_Minh",),
    "86": ("Asia/Shanghai",),
    "91": ("Asia/Kolkata",),
    "92": ("Asia/Karachi",),
    "966": ("Asia/Riyadh",),
    "971": ("Asia/Dubai",),
    "972": ("Asia/Jerusalem",),
}
_LONGEST_CODE: Final = 3


@dataclass(frozen=True)
class Clocks:
    """The zones that count. bad: the person names one that is none, and the workspace's stands in its place."""

    zones: tuple[tzinfo, ...]
    bad: bool = False


def zones_of(channel: str, traits: Mapping[str, Any], address: str | None, workspace: tzinfo) -> Clocks:
    """Whose clocks count for a message on a channel."""
    own = zones.local(traits, workspace)
    named = not own.bad and any(traits.get(trait) for trait in zones.TRAITS)
    there = _of_number(address) if channel in BY_NUMBER and address else ()
    if not there:
        return Clocks((own.zone,), own.bad)
    if named:
        return Clocks((own.zone,) if len(there) > 1 or there[0] == own.zone else (own.zone, *there))
    return Clocks(there, own.bad)


def _of_number(number: str) -> tuple[tzinfo, ...]:
    """The zones of a telephone number's country; none if the table does not have it."""
    digits = (contact.phone(number) or "+").removeprefix("+")
    codes = (digits[:length] for length in range(_LONGEST_CODE, 0, -1))
    return next((found for code in codes if (found := _of_code(code))), ())


@lru_cache(maxsize=256)
def _of_code(code: str) -> tuple[tzinfo, ...]:
    names = (f"Europe/{_EUROPE[code]}",) if code in _EUROPE else _ELSEWHERE.get(code, ())
    return tuple(found for name in names if (found := zones.zone(name)) is not None)
