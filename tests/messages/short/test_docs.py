"""docs/CHANNELS.md says what is so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from chalicelib import plugins
from chalicelib.customers import devices
from chalicelib.customers.profile import Profile
from chalicelib.journeys.steps.send import SendStep
from chalicelib.messages import channels
from chalicelib.messages.texting import Texting
from chalicelib.tracking.reading import Arrival
from chalicelib.tracking.source import interpret
from tests.messages.samples import NOW

PAGE = (Path(__file__).parents[3] / "docs" / "CHANNELS.md").read_text(encoding="utf-8")


def example(kind: str) -> Any:
    found = re.search(rf"```json {kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None, kind
    return json.loads(found[1])


def test_every_channel_is_in_the_table_and_says_whether_it_is_tried_again() -> None:
    rows = {row[0]: row[-1] for row in re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", PAGE, re.M)}
    assert set(plugins.names(channels.PACKAGE)) <= rows.keys()
    for name in plugins.names(channels.PACKAGE):
        tried = rows[name].startswith(("yes", "it does not leave"))
        assert channels.channel(name).repeatable is tried, name


def test_every_field_of_the_setting_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", PAGE, re.M))
    for name, field in Texting.model_fields.items():
        default = field.default
        said = "none" if default == {} else str(default).lower() if isinstance(default, bool) else str(default)
        assert rows[name] in (said, f"{said}0"), name


def test_the_examples() -> None:
    told = example("preview")
    length = Texting().length(told["text"])
    assert (length.encoding, length.units, length.segments, list(length.costly)) == (
        told["encoding"],
        told["units"],
        told["segments"],
        told["costly"],
    )
    SendStep.model_validate(example("step"))
    call = {**example("device"), "timestamp": "2026-11-22T09:00:00Z", "messageId": "m"}
    (event,) = interpret("track", call, Arrival("segment", "key", NOW, size=100)).events
    assert devices.addressed(Profile("u#ada").merge([event]).values)
