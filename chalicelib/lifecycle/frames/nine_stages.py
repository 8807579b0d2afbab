"""The nine stages themselves, as the frame to which all others are compared."""

from __future__ import annotations

from chalicelib.lifecycle.frame import Frame, Row
from chalicelib.lifecycle.rules import Stage

plugin: Frame = Frame(
    title="The nine stages",
    phases={stage.value: stage.value.replace("_", " ").capitalize() for stage in Stage},
    rows=tuple(Row(phase=stage.value, stages=frozenset({stage})) for stage in Stage),
)
