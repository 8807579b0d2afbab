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


_Json = dict[str, Any]
_spans = st.sampled_from(["PT1S", "PT1H", "P1D", "P3D", "P30D"])
_names = st.sampled_from(["Order Completed", "Cart Viewed"])


def _waits() -> st.SearchStrategy[dict[str, Any]]:
    for_ = st.builds(lambda span: {"for": span}, _spans)
    until: st.SearchStrategy[_Json] = st.sampled_from(
        [{"at": "09:00"}, {"at": "23:30", "weekdays": ["sat"]}, {"trait": "renewal_date"}]
    )
    window: st.SearchStrategy[_Json] = st.sampled_from(
        [{"from": "22:00", "to": "06:00"}, {"weekdays": ["mon"], "from": "08:00", "to": "20:00"}]
    )
    others: st.SearchStrategy[_Json] = st.builds(
        lambda when, open: {"until": when, **open}, until, st.just({}) | window.map(_open)
    )
    return st.builds(lambda fields: {"do": "wait", **fields}, for_ | for_ | others | window.map(_open))


def _open(window: dict[str, Any]) -> dict[str, Any]:
    return {"window": window}


def _leaf() -> st.SearchStrategy[dict[str, Any]]:
    said: st.SearchStrategy[_Json] = st.sampled_from(
        [
            {"do": "set_traits", "traits": {"mark": True}},
            {"do": "audience", "add": "list"},
            {"do": "audience", "remove": "list"},
            {"do": "start", "journey": "other"},
            {"do": "holdout", "share": 20},
            {"do": "webhook", "url": "https://crm.example.com/"},
            {"do": "task", "title": "Call"},
            {"do": "exit"},
        ]
    )
    mail: st.SearchStrategy[_Json] = st.just({"do": "send", "template": "mail"})
    return mail | _waits() | _waits() | said


def _steps() -> st.SearchStrategy[list[dict[str, Any]]]:
    def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        block = st.lists(inner, max_size=3)
        way = st.fixed_dictionaries({"when": rules(), "steps": block})
        ways = st.lists(way, min_size=1, max_size=2)
        chosen = st.builds(lambda found, rest: {"do": "branch", "branches": found, "otherwise": rest}, ways, block)
        drawn = st.builds(lambda one, two: {"do": "split", "ways": _ways(one, two)}, block, block)
        until = st.builds(
            lambda name, span, late: {"do": "wait_until", "event": name, "within": span, "timeout": late},
            _names,
            _spans,
            block,
        )
        failing = st.builds(lambda step, path: {**step, "on_failure": path}, _waits(), block)
        return chosen | drawn | until | failing

    return st.lists(st.recursive(_leaf(), nested, max_leaves=8), min_size=1, max_size=6)


def _ways(*blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": f"way{number}", "share": 1, "steps": block} for number, block in enumerate(blocks)]


def _numbered(steps: list[dict[str, Any]], counter: list[int]) -> list[dict[str, Any]]:
    numbered = []
    for step in steps:
        counter[0] += 1
        named = {**step, "id": f"s{counter[0]}"}
        for ways in ("branches", "ways"):
            if ways in step:
                named[ways] = [{**way, "steps": _numbered(way["steps"], counter)} for way in step[ways]]
        for block in ("otherwise", "timeout", "on_failure"):
            if block in step:
                named[block] = _numbered(step[block], counter)
        numbered.append(named)
    return numbered


def journeys() -> st.SearchStrategy[Journey]:
    """Any valid journey of moderate size."""
    return st.builds(
        lambda steps, leaving: journey(*_numbered(steps, [0]), **({"exit_when": leaving} if leaving else {})),
        _steps(),
        st.none() | rules(),
    )
