"""Random rules, as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from chalicelib.lifecycle.stage import Stage
from chalicelib.segments.measures import MEASURES
from chalicelib.segments.texts import TEXTS
from tests.customers.events import DAY

_words = st.text("abcxyz.", min_size=1, max_size=4)
_numbers = st.integers(-5, 60) | st.floats(-5, 60).map(lambda value: round(value, 3))
_scalars = st.one_of(_words, st.booleans(), _numbers)
_comparisons = st.dictionaries(
    st.sampled_from(["equals", "above", "at_least", "below", "at_most"]), _numbers, min_size=1, max_size=2
)


_texts = st.one_of(
    st.fixed_dictionaries({"equals": _words}),
    st.fixed_dictionaries({"in": st.lists(_words, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"contains": _words}),
    st.fixed_dictionaries({"exists": st.booleans()}),
)


NAMES = ["Order Completed", "Product Viewed", "Email Opened", "Email Link Clicked", "Email Sent", "SMS Link Clicked"]

_durations = st.sampled_from(["PT1H", "PT36H", "P1D", "P7D", "P20D", "P90D"])
_limits = st.integers(0, 6)
counts = st.dictionaries(
    st.sampled_from(["equals", "above", "at_least", "below", "at_most"]), _limits, min_size=1, max_size=2
)
_dates = st.integers(-45, 20).map(lambda days: (DAY + timedelta(days=days)).date().isoformat())
moments = st.one_of(
    st.fixed_dictionaries({"within_last": _durations}),
    st.fixed_dictionaries({"more_than_ago": _durations}),
    st.fixed_dictionaries({"within_next": _durations}),
    st.fixed_dictionaries({"before": _dates}),
    st.fixed_dictionaries({"after": _dates}),
    st.fixed_dictionaries({"after": _dates, "more_than_ago": _durations}),
    st.fixed_dictionaries({"anniversary": st.fixed_dictionaries({"on": st.just("today")})}),
    st.fixed_dictionaries({"anniversary": st.fixed_dictionaries({"within_next": _durations})}),
)
_where = st.lists(
    st.one_of(
        st.fixed_dictionaries({"property": st.just("total"), "at_least": st.sampled_from([10, 50])}),
        st.fixed_dictionaries({"property": st.just("kind"), "equals": st.sampled_from(["a", 7])}),
        st.fixed_dictionaries({"property": st.just("kind"), "contains": st.sampled_from(["a", "c"])}),
        st.fixed_dictionaries({"property": st.just("kind"), "exists": st.booleans()}),
    ),
    min_size=1,
    max_size=2,
)
_names = st.sampled_from([*NAMES, "Never"])


@st.composite
def happenings(draw: st.DrawFn) -> dict[str, Any]:
    rule: dict[str, Any] = {"event": draw(_names)}
    if draw(st.integers(0, 2)) == 0:
        rule["where"] = draw(_where)
    window = draw(st.sampled_from(["within", "within", "between", None]))
    if window == "within":
        rule["within"] = draw(_durations)
    elif window == "between":
        first, second = sorted([draw(_dates), draw(_dates)])
        if first < second:
            rule["between"] = [first, second]
    match draw(st.sampled_from(["", "", "count", "count", "sum", "distinct", "first", "last", "followed_by"])):
        case "count":
            rule["count"] = draw(counts)
        case "sum":
            rule["sum"] = {"property": "total"} | draw(st.sampled_from([{"above": 59}, {"at_most": 10}]))
        case "distinct":
            rule["distinct"] = {"property": "kind"} | draw(counts)
        case "first" | "last" as measure:
            rule[measure] = draw(moments)
        case "followed_by":
            rule["followed_by"] = {"event": draw(_names)} | draw(
                st.fixed_dictionaries({}, optional={"within": _durations, "where": _where})
            )
    return rule


messages = st.fixed_dictionaries(
    {"message": st.sampled_from(["sent", "opened", "clicked"])},
    optional={"within": _durations, "journey": st.just("welcome"), "count": counts},
)


def _facts() -> st.SearchStrategy[dict[str, Any]]:
    numbers = st.builds(lambda fact, given: {"fact": fact, **given}, st.sampled_from(list(MEASURES)), _comparisons)
    return numbers | st.builds(lambda fact, given: {"fact": fact, **given}, st.sampled_from(list(TEXTS)), _texts)


def _traits() -> st.SearchStrategy[dict[str, Any]]:
    condition = st.one_of(
        st.fixed_dictionaries({"equals": _scalars}),
        st.fixed_dictionaries({"in": st.lists(_scalars, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"contains": _scalars}),
        st.fixed_dictionaries({"exists": st.booleans()}),
        _comparisons,
        moments,
    )
    names = st.sampled_from(["country", "age", "vip", "tags", "address.city"]) | _words
    subjects = st.sampled_from(["trait", "account"])
    return st.builds(lambda subject, name, given: {subject: name, **given}, subjects, names, condition)


def _named(rule: dict[str, Any]) -> dict[str, Any]:
    return rule | {"in": [f"phase-{name.replace('.', '-')}" for name in rule["in"]] + ["engage"]}


def _leaves() -> st.SearchStrategy[dict[str, Any]]:
    stages = st.lists(st.sampled_from([str(stage) for stage in Stage]), min_size=1, max_size=3)
    consent = st.fixed_dictionaries(
        {"consent": st.just("email"), "is": st.sampled_from(["granted", "denied", "unknown"])}
    )
    phase = st.fixed_dictionaries({"phase": st.sampled_from(["race", "none"]), "in": st.lists(_words, min_size=1)})
    segment = st.fixed_dictionaries({"segment": st.sampled_from(["vip", "other"])})
    others = (st.fixed_dictionaries({"stage": stages}), consent, phase.map(_named), segment)
    return st.one_of(_facts(), _traits(), happenings(), messages, *others)


def nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Rules of several of these."""
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.fixed_dictionaries({"all": several}),
        st.fixed_dictionaries({"any": several}),
        st.fixed_dictionaries({"not": inner}),
    )


def rules() -> st.SearchStrategy[dict[str, Any]]:
    """Any valid rule, a few levels deep."""
    return st.recursive(_leaves(), nested, max_leaves=6)
