"""The decision journey: consider, evaluate, buy, enjoy, advocate, bond (McKinsey; Edelman, HBR December 2010).

A first order is the buying, what follows it the enjoying. That somebody advocates cannot be seen in what she does here;
who comes back and back is taken to, and a Hero has closed the loop. Whoever drifts away considers others again.
"""

from __future__ import annotations

from chalicelib.lifecycle.frame import Frame, Row
from chalicelib.lifecycle.rules import Stage

plugin: Frame = Frame(
    title="The decision journey",
    phases={
        "consider": "Consider",
        "evaluate": "Evaluate",
        "buy": "Buy",
        "enjoy": "Enjoy",
        "advocate": "Advocate",
        "bond": "Bond",
    },
    rows=(
        Row(phase="bond", stages=frozenset({Stage.HERO})),
        Row(phase="advocate", stages=frozenset({Stage.REPEAT})),
        Row(phase="enjoy", stages=frozenset({Stage.OCCASIONAL}), orders_at_least=2),
        Row(phase="buy", stages=frozenset({Stage.OCCASIONAL})),
        Row(phase="buy", stages=frozenset({Stage.GHOST}), customer=True),
        Row(phase="enjoy", stages=frozenset({Stage.WAITING}), customer=True),
        Row(phase="evaluate", stages=frozenset({Stage.LEAD})),
        Row(phase="evaluate", stages=frozenset({Stage.GHOST, Stage.WAITING}), interested=True),
        Row(phase="consider"),
    ),
)
