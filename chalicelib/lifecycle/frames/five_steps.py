"""Sterne and Cutler's five ("E-Metrics", 2000): reach, acquisition, conversion, retention, loyalty.

In their words: having somebody's attention, bringing him into the sphere of influence, turning him into a registered
or paying customer, keeping him, and making an advocate of him. Registered is who is known by name and still new or
interested; who has grown quiet without buying is within the sphere of influence, and no more.
"""

from __future__ import annotations

from chalicelib.lifecycle.frame import Frame, Row
from chalicelib.lifecycle.rules import Stage

plugin: Frame = Frame(
    title="Sterne and Cutler's five steps",
    phases={
        "reach": "Reach",
        "acquisition": "Acquisition",
        "conversion": "Conversion",
        "retention": "Retention",
        "loyalty": "Loyalty",
    },
    rows=(
        Row(phase="reach", stages=frozenset({Stage.LOST})),
        Row(phase="conversion", stages=frozenset({Stage.GHOST}), customer=True),
        Row(phase="acquisition", stages=frozenset({Stage.GHOST}), interested=True),
        Row(phase="acquisition", stages=frozenset({Stage.GHOST}), active_days_at_least=2),
        Row(phase="reach", stages=frozenset({Stage.GHOST})),
        Row(phase="loyalty", stages=frozenset({Stage.HERO})),
        Row(phase="retention", stages=frozenset({Stage.REPEAT})),
        Row(phase="retention", orders_at_least=2),
        Row(phase="conversion", stages=frozenset({Stage.OCCASIONAL, Stage.LEAD, Stage.NEW})),
        Row(phase="retention", customer=True),
        Row(phase="acquisition"),
    ),
)
