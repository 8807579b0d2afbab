"""Attract, sell, wow (Keap's Lifecycle Marketing).

Attract until there is a name and a wish; sell to whoever has shown one, or is known and quiet; wow whoever has bought.
Whoever is lost, customer or not, has to be attracted anew.
"""

from __future__ import annotations

from chalicelib.lifecycle.frame import Frame, Row
from chalicelib.lifecycle.rules import Stage

plugin: Frame = Frame(
    title="Attract, sell, wow",
    phases={"attract": "Attract", "sell": "Sell", "wow": "Wow"},
    rows=(
        Row(phase="attract", stages=frozenset({Stage.LOST, Stage.GHOST})),
        Row(phase="wow", customer=True),
        Row(phase="sell", interested=True),
        Row(phase="sell", stages=frozenset({Stage.LEAD})),
        Row(phase="attract"),
    ),
)
