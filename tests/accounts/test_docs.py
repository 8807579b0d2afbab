"""docs/ACCOUNTS.md says what is so."""

from __future__ import annotations

import json
import re
from pathlib import Path

from chalicelib import api
from chalicelib.customers.accounts.account import MOST_MEMBERS, Account, as_rules_see
from chalicelib.customers.memberships import MOST_CLAIMED, MOST_PROVEN
from chalicelib.customers.prices import Prices
from chalicelib.customers.trust import NEWCOMER
from chalicelib.segments.rule import parse

PAGE = (Path(__file__).parents[2] / "docs" / "ACCOUNTS.md").read_text(encoding="utf-8")


def test_every_endpoint_of_accounts_is_in_the_page() -> None:
    served = {endpoint.path for endpoint in api.endpoints() if "account" in endpoint.path}
    named = {path.replace("{id}", "{account}") for path in re.findall(r"`GET (/v1/[\w/{}]+)", PAGE)}
    assert named == served


def test_every_rule_in_the_page_is_one_and_every_word_is_there() -> None:
    rules = [json.loads(text) for text in re.findall(r'`(\{"account"[^`]*\})`', PAGE)]
    for rule in rules:
        parse(rule)
    words = {str(rule["account"]).partition(".")[0] for rule in rules}
    assert words == set(as_rules_see(Account("acme"), Prices()))


def test_the_bounds_are_those_of_the_code() -> None:
    text = " ".join(PAGE.split())
    assert f"at most {MOST_MEMBERS:,} members" in text
    assert f"at most {MOST_PROVEN} accounts by calls that count by themselves, and to {MOST_CLAIMED} by others" in text
    assert NEWCOMER.total_seconds() == 600
    assert "within ten minutes of the receipt of the first call" in text
