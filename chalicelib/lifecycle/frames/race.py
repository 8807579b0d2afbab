"""RACE: reach, act, convert, engage (Smart Insights). Its P, plan, is about the marketer and not about a customer.

Reach is for whoever is not in touch, also for those who were once. Act is any interaction short of buying; convert is
the first purchase; engage is everything that has been built on it, as long as there is hope.
"""

from __future__ import annotations

from chalicelib.lifecycle.frame import Frame, Row
from chalicelib.lifecycle.rules import Stage

plugin: Frame = Frame(
    title="RACE",
    phases={"reach": "Reach", "act": "Act", "convert": "Convert", "engage": "Engage"},
    rows=(
        Row(phase="reach", stages=frozenset({Stage.LOST})),
        Row(phase="convert", stages=frozenset({Stage.GHOST}), customer=True),
        Row(phase="act", stages=frozenset({Stage.GHOST}), interested=True),
        Row(phase="reach", stages=frozenset({Stage.GHOST})),
        Row(phase="engage", stages=frozenset({Stage.REPEAT, Stage.HERO})),
        Row(phase="engage", orders_at_least=2),
        Row(phase="convert", stages=frozenset({Stage.OCCASIONAL})),
        Row(phase="engage", customer=True),
        Row(phase="reach", stages=frozenset({Stage.AT_RISK})),
        Row(phase="act"),
    ),
)
