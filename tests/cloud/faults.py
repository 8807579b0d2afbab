"""What may go wrong with a mail, asked of the mailbox, and the people whose mails it hits."""

from __future__ import annotations

from tests.cloud.asking import eventually
from tests.cloud.deployed import Deployed
from tests.cloud.website import Website

PEOPLE = [f"olga-{number}" for number in range(6)]
THROTTLED = 3


def throttle_some(deployed: Deployed) -> list[str]:
    """Have a welcome sent to each of some people, the first few of which SES refuses; who they are."""
    deployed.mailbox("POST", "faults", {"throttle": THROTTLED})
    website = Website(deployed.api)
    welcome(website, PEOPLE)
    website.close()
    eventually("SES has refused some", lambda: deployed.mailbox("GET", "faults")["throttle"] == 0)
    return PEOPLE


def welcome(website: Website, people: list[str]) -> None:
    """Each gives permission and then an address: a welcome is planned for each."""
    for person in people:
        website.track(person, "Subscribed", channel="email")
    website.arrive()
    for person in people:
        website.identify(person, email=address(person))
    website.arrive()


def address(person: str) -> str:
    return f"{person}@people.example"
