"""docs/PLAYBOOKS.md says of every playbook what its files say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalicelib.journeys.playbooks import store
from chalicelib.journeys.playbooks.brand import Brand
from chalicelib.journeys.playbooks.playbook import Setting
from tests.journeys.playbooks.shelf import NAMES

PAGE = (Path(__file__).parents[3] / "docs" / "PLAYBOOKS.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### [^\n]+ \(`(\w+)`\)\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL))


def _default(setting: Setting) -> str:
    if setting.default is not None:
        return f"`{setting.default}`"
    return "none" if setting.may_be_nothing else f"required, e.g. `{setting.example}`"


def test_each_has_its_section() -> None:
    assert sorted(SECTIONS) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_section_says_what_the_files_say(name: str) -> None:
    playbook, section = store.read(name).playbook, SECTIONS[name]
    assert playbook.says in section
    assert f"(`{name}`)" in PAGE.partition(playbook.says)[0].rpartition(playbook.title)[2]
    words = [*playbook.serves.stages, *playbook.serves.phases, playbook.serves.activity]
    words += [*playbook.needs.events, *playbook.needs.traits]
    assert [word for word in words if f"`{word}`" not in section] == []
    rows = {f"| `{each}` | {_default(setting)} | {setting.says} |" for each, setting in playbook.settings.items()}
    assert rows == set(re.findall(r"^\| `.*\|$", section, re.MULTILINE))


@pytest.mark.parametrize("field", Brand.model_fields)
def test_the_brand_is_described(field: str) -> None:
    assert f"`{field}`" in PAGE.partition("## Who comes first")[0]


def test_who_leaves_those_alone_who_sleep() -> None:
    said = re.search(r"has the trait `sunset`: ([^.]*?) leave", PAGE.replace("\n", " "))
    assert said is not None
    asleep = {name for name in NAMES if '"sunset"' in (_raw(name)) or "'sunset'" in _raw(name)}
    assert set(re.findall(r"\w+_\w+|birthday|referral|replenishment", said[1])) == asleep


def _raw(name: str) -> str:
    made = store.standard(name)
    return str([made.segments, *(body.get("entry") for each, body in made.journeys.items() if each == name)])
