"""Random rules, as JSON."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from chalicelib.lifecycle.stage import Stage
from chalicelib.segments.measures import MEASURES
from chalicelib.segments.texts import TEXTS

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
    )
    names = st.sampled_from(["country", "age", "vip", "tags", "address.city"]) | _words
    subjects = st.sampled_from(["trait", "account"])
    return st.builds(lambda subject, name, given: {subject: name, **given}, subjects, names, condition)


def _leaves() -> st.SearchStrategy[dict[str, Any]]:
    stages = st.lists(st.sampled_from([str(stage) for stage in Stage]), min_size=1, max_size=3)
    consent = st.fixed_dictionaries(
        {"consent": st.just("email"), "is": st.sampled_from(["granted", "denied", "unknown"])}
    )
    return st.one_of(_facts(), _traits(), st.fixed_dictionaries({"stage": stages}), consent)


def rules() -> st.SearchStrategy[dict[str, Any]]:
    """Any valid rule, a few levels deep."""

    def nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        several = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            st.fixed_dictionaries({"all": several}),
            st.fixed_dictionaries({"any": several}),
            st.fixed_dictionaries({"not": inner}),
        )

    return st.recursive(_leaves(), nested, max_leaves=6)
