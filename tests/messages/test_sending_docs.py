"""docs/SENDING.md says what every reason means, and the shares and queues that there are."""

from __future__ import annotations

import re

from chalicelib.messages.ledger import ADVICE
from chalicelib.messages.pace import SHARES
from tests.fakes.deployment import ROOT

PAGE = (ROOT / "docs" / "SENDING.md").read_text(encoding="utf-8")
SOURCES = [
    *sorted((ROOT / "chalicelib" / "messages" / "permission").glob("*.py")),
    *(
        ROOT / "chalicelib" / "messages" / f"{name}.py"
        for name in ("ready", "compose", "contents", "codes", "preference")
    ),
    ROOT / "chalicelib" / "messages" / "brake" / "__init__.py",
    ROOT / "chalicelib" / "aws" / "mail.py",
]
SAID = re.compile(r'\b(?:Skipped|Later|Permanent|Transient|Unfit|ledger\.skip)\((?:row, |until, )?"([a-z_]+)"')
NAMED = re.compile(r'^([A-Z_]+): Final = "([a-z_]+)"$', re.MULTILINE)
NO_REASONS = {"ALL", "ONSITE", "PREFERRED", "SETTING"}


def reasons() -> set[str]:
    """Every reason that the sources say."""
    found: set[str] = set()
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        found |= set(SAID.findall(text))
        found |= {value for name, value in NAMED.findall(text) if name not in NO_REASONS}
    return found


def test_every_reason_is_explained() -> None:
    assert len(reasons()) > 25
    assert {reason for reason in reasons() if f"`{reason}`" not in PAGE} == set()


def test_what_to_do_about_a_held_message_is_what_the_ledger_advises() -> None:
    table = PAGE.split("<!-- advice:")[1].split("-->", 1)[1].split("<!-- /advice -->")[0].strip().splitlines()[2:]
    assert table == [f"| `{reason}` | {advice} |" for reason, advice in ADVICE.items()]


def test_the_shares_are_those_of_the_code() -> None:
    said = re.findall(r"^\| `(\w+)` \|.*\| ([\d.]+) \|$", PAGE, re.MULTILINE)
    assert {queue: float(share) for queue, share in said} == SHARES
