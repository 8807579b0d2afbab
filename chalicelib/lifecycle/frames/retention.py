"""Acquisition, development, loyalty, churn: the phases of customer relationship management.

Only a customer can churn: whoever never bought is still to be acquired, however long ago she was last seen.
"""

from __future__ import annotations

from chalicelib.lifecycle.frame import Frame, Row
from chalicelib.lifecycle.rules import Stage

plugin: Frame = Frame(
    title="Acquisition, development, loyalty, churn",
    phases={"acquisition": "Acquisition", "development": "Development", "loyalty": "Loyalty", "churn": "Churn"},
    rows=(
        Row(phase="loyalty", stages=frozenset({Stage.REPEAT, Stage.HERO})),
        Row(phase="churn", stages=frozenset({Stage.AT_RISK, Stage.LOST}), customer=True),
        Row(phase="development", customer=True),
        Row(phase="acquisition"),
    ),
)
