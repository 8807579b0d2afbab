"""What docs/KEYS.md says is so: scopes, settings, and tests that exist."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from chalicelib.api.keys import Changes, scopes
from chalicelib.tracking.keys import EVERYTHING, NEW_PROFILES, KeySettings
from chalicelib.tracking.limits import SHARED
from chalicelib.tracking.tail import READINGS, RECORDS
from chalicelib.tracking.tally import MOST

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "KEYS.md").read_text(encoding="utf-8")


def table(heading: str) -> set[str]:
    """The words in the first column of the first table after a heading."""
    after = PAGE.partition(heading)[2].partition("\n|---")[2]
    rows = after.partition("\n\n")[0].splitlines()[1:]
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_every_scope_is_said() -> None:
    assert table("## Scopes") == scopes() | {EVERYTHING}


def test_every_setting_is_said() -> None:
    assert table("# Keys") == {field.name for field in fields(KeySettings)} | {"expires_at"}
    assert table("# Keys") == set(Changes.model_fields)


def test_every_test_is_there() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE))
    assert len(named) > 5
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_number_is_that_of_the_code() -> None:
    assert f"{NEW_PROFILES:,} unless set" in PAGE
    assert f"after {SHARED} calls" in PAGE
    assert f"at most {READINGS * RECORDS:,} records" in PAGE
    assert f"for each {MOST} events" in PAGE
