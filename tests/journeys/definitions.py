"""Journeys for tests: one with everything, and random valid ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from chalicelib.journeys.journey import Journey, parse
from tests.segments.rules import rules


def journey(*steps: dict[str, Any], **fields: Any) -> Journey:
    """A journey of these steps; `fields` replace the others (`class_` for class)."""
    return parse(raw(*steps, **fields))


def raw(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The same as JSON."""
    body: dict[str, Any] = {
        "name": "trial",
        "title": "Trial",
        "class": fields.pop("class_", "marketing"),
        "trigger": {"on": "identified"},
        "steps": list(steps),
    }
    return {**body, **fields}


def send(id: str, **fields: Any) -> dict[str, Any]:
    return {"id": id, "do": "send", "template": f"{id}-mail", **fields}


def wait(id: str, span: str) -> dict[str, Any]:
    return {"id": id, "do": "wait", "for": span}


def leave(id: str, **fields: Any) -> dict[str, Any]:
    return {"id": id, "do": "exit", **fields}


def branch(id: str, *ways: tuple[dict[str, Any], list[dict[str, Any]]], otherwise: Any = ()) -> dict[str, Any]:
    branches = [{"when": when, "steps": steps} for when, steps in ways]
    return {"id": id, "do": "branch", "branches": branches, "otherwise": list(otherwise)}


_spans = st.sampled_from(["PT1S", "PT1H", "P1D", "P3D", "P30D"])


def _steps() -> st.SearchStrategy[list[dict[str, Any]]]:
    leaf = st.one_of(
        st.just({"do": "send", "template": "mail"}),
        st.builds(lambda span: {"do": "wait", "for": span}, _spans),
        st.builds(lambda span: {"do": "wait", "for": span}, _spans),
        st.just({"do": "exit"}),
    )

    def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        block = st.lists(inner, max_size=3)
        way = st.fixed_dictionaries({"when": rules(), "steps": block})
        ways = st.lists(way, min_size=1, max_size=2)
        return st.builds(lambda found, rest: {"do": "branch", "branches": found, "otherwise": rest}, ways, block)

    return st.lists(st.recursive(leaf, nested, max_leaves=8), min_size=1, max_size=6)


def _numbered(steps: list[dict[str, Any]], counter: list[int]) -> list[dict[str, Any]]:
    numbered = []
    for step in steps:
        counter[0] += 1
        named = {**step, "id": f"s{counter[0]}"}
        if step["do"] == "branch":
            named["branches"] = [{**way, "steps": _numbered(way["steps"], counter)} for way in step["branches"]]
            named["otherwise"] = _numbered(step["otherwise"], counter)
        numbered.append(named)
    return numbered


def journeys() -> st.SearchStrategy[Journey]:
    """Any valid journey of moderate size."""
    return st.builds(
        lambda steps, leaving: journey(*_numbered(steps, [0]), **({"exit_when": leaving} if leaving else {})),
        _steps(),
        st.none() | rules(),
    )
