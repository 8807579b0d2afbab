"""Conditions in words, as reasons show them: `event Order Completed within P30D count at_least 3`. Pure."""

from __future__ import annotations

from chalicelib.segments.moments import said, written
from chalicelib.segments.occurrence import Followed, Happened, MessageIs, Where, Windowed
from chalicelib.segments.rule import Consent, PhaseIs, SegmentIs, StageIs
from chalicelib.times import duration_text


def says(rule: StageIs | PhaseIs | Consent | SegmentIs | Happened | MessageIs) -> str:
    """A condition that is one whole."""
    match rule:
        case StageIs():
            return f"stage in {', '.join(rule.stage)}"
        case PhaseIs():
            return f"phase {rule.phase} in {', '.join(rule.in_)}"
        case Consent():
            return f"consent {rule.consent}{'/' + rule.topic if rule.topic else ''} is {rule.is_}"
        case SegmentIs():
            return f"in segment {rule.segment}"
        case Happened():
            return " ".join([f"event {rule.event}", *map(_where, rule.where or ()), *_window(rule), *_measure(rule)])
        case MessageIs():
            named = ("template", "journey", "step", "channel")
            of = [f"{name} {value}" for name in named if (value := getattr(rule, name))]
            count = [f"count {rule.count.says()}"] if rule.count else []
            return " ".join([f"message {rule.message}", *of, *_window(rule), *count])


def _where(where: Where) -> str:
    dated = [f"{name} {written(value)}" for name in ("before", "after") if (value := getattr(where, name)) is not None]
    return f"where {where.property} {' and '.join([*(test.says for test in where.tests), *dated])}"


def _window(rule: Windowed) -> list[str]:
    if rule.within is not None:
        return [f"within {duration_text(rule.within)}"]
    return [f"between {written(rule.between[0])} and {written(rule.between[1])}"] if rule.between else []


def _measure(rule: Happened) -> list[str]:
    if rule.followed_by is not None:
        return [_followed(rule.followed_by)]
    if rule.count is not None:
        return [f"count {rule.count.says()}"]
    for name, measure in (("sum", rule.sum), ("distinct", rule.distinct)):
        if measure is not None:
            return [f"{name} of {measure.property} {measure.says()}"]
    for name, moments in (("first", rule.first), ("last", rule.last)):
        if moments is not None:
            return [f"{name} {' and '.join(said(*each) for each in moments.asked.items())}"]
    return []


def _followed(by: Followed) -> str:
    within = f" within {duration_text(by.within)}" if by.within else ""
    return " ".join([f"followed by {by.event}", *map(_where, by.where or ())]) + within
