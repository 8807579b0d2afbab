"""The playbooks that this shop's data can set in motion, installed through the HTTP API, one call each.

What the file does not say (deliveries, reviews, birthdays, telephone numbers, trials) would move nobody, and what
reaches out at a date of everybody's own would write to half the shop within the minute that is watched. `make rehearse`
shows all twenty over the whole year.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from infra.http import Api

WELCOME: Final = "welcome"
WIN_BACK: Final = "win_back"
INSTALLED: Final = (
    WELCOME,
    "lead_nurture",
    "browse_abandonment",
    "cart_abandonment",
    "first_order_thanks",
    "second_order",
    "upsell_heroes",
    "referral",
    WIN_BACK,
    "last_chance",
)


def install(api: Api, echo: Callable[[str], object]) -> None:
    """Put all of them in force. Doing it again changes nothing. Raises Unexpected if the API refuses one."""
    for name in INSTALLED:
        api.send("POST", f"/v1/playbooks/{name}/install", {"publish": True})
    echo(f"  {len(INSTALLED)} playbooks are installed and live: {', '.join(INSTALLED)}")


def runs(api: Api) -> dict[str, int]:
    """How many customers entered the first journey of each, by name."""
    return {name: _entered(api, name) for name in INSTALLED}


def _entered(api: Api, name: str) -> int:
    counted = api.get(f"/v1/journeys/{name}")["statistics"]
    return sum(int(version["entered"]) for version in counted["versions"])
