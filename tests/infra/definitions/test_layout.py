"""A folder of definitions: what is written is read back, and a file that is no definition is named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.definitions.diff import plan, shown
from infra.definitions.layout import KINDS, WORDED, Definitions, Key, Unreadable, from_files, to_files

HELLO = {
    "class": "marketing",
    "topic": "news",
    "subject": "Hello {{ customer.first_name }}",
    "html": "<p>Hello</p>",
    "locales": {"it": {"subject": "Ciao", "html": "<p>Ciao</p>", "sender": "negozio@shop.example"}},
}
PLAN = {"title": "Welcome", "steps": [{"id": "hello", "do": "send", "template": "hello"}]}

names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
words = st.dictionaries(st.sampled_from(["subject", "html", "mjml", "text"]), texts)
rest = st.dictionaries(st.sampled_from(["class", "topic", "sender", "title"]), plain, max_size=3)


@st.composite
def worded(draw: st.DrawFn) -> dict[str, Any]:
    locales = draw(st.dictionaries(st.sampled_from(["it", "es", "ro", "it-CH"]), st.tuples(words, rest), max_size=2))
    own = {locale: {**rest, **words} for locale, (words, rest) in locales.items() if words or rest}
    return {**draw(rest), **draw(words), **({"locales": own} if own else {})}


def bodies(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    return worded() if kind in WORDED else st.dictionaries(names.filter(lambda name: name != "name"), plain, max_size=4)


@st.composite
def definitions(draw: st.DrawFn) -> Definitions:
    keys = draw(st.lists(st.tuples(st.sampled_from(KINDS), names), max_size=6, unique=True))
    made = {Key(kind, name): draw(bodies(kind)) for kind, name in keys}
    return Definitions(made, frozenset(key.name for key in made if key.kind == "journeys" and draw(st.booleans())))


@given(definitions())
def test_a_folder_says_what_was_written_into_it(some: Definitions) -> None:
    assert from_files(to_files(some)) == some


@given(definitions())
def test_nothing_is_to_be_done_where_all_is_the_same(some: Definitions) -> None:
    assert plan(some, some, KINDS).empty
    assert not list(shown(some, some))


def test_words_are_files_of_their_own() -> None:
    files = to_files(Definitions({Key("templates", "hello"): HELLO}))
    assert files["templates/hello/subject.liquid"] == "Hello {{ customer.first_name }}"
    assert files["templates/hello/it/html.liquid"] == "<p>Ciao</p>"
    assert "negozio@shop.example" in files["templates/hello/template.json"]
    assert "Ciao" not in files["templates/hello/template.json"]


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("journeys/welcome.yaml", "{}", "one file, journeys/<name>.json"),
        ("journey/welcome.json", "{}", "The folders are settings, segments"),
        ("journeys/welcome.json", "{", "this is no JSON"),
        ("journeys/welcome.json", "[]", "no object"),
        ("templates/hello/template.txt", "", "not a part of one"),
        ("templates/hello/subject.liquid", "Hello", "there is no template.json beside its words"),
        ("notes.txt", "", "no kind of definition"),
        ("live.json", '{"journeys": ["nobody"]}', "there is no journey nobody"),
        ("live.json", '{"journeys": "welcome"}', "the names of the journeys"),
    ],
)
def test_a_file_that_is_no_definition_is_named(path: str, text: str, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        from_files({path: text})
    assert said in str(refused.value)


def test_what_differs_is_put_in_the_order_of_the_kinds_and_published_if_it_shall_be_live() -> None:
    hello, welcome, gone = Key("templates", "hello"), Key("journeys", "welcome"), Key("journeys", "old")
    wanted = Definitions({welcome: PLAN, hello: HELLO}, frozenset({"welcome"}))
    standing = Definitions({hello: {**HELLO, "subject": "Hi"}, gone: PLAN}, frozenset({"old"}))
    todo = plan(wanted, standing, KINDS)
    assert todo.put == (hello, welcome)
    assert todo.publish == ("welcome",)
    assert todo.only_there == (gone,)


def test_a_difference_is_shown_line_by_line() -> None:
    key = Key("templates", "hello")
    lines = "".join(shown(Definitions({key: HELLO}), Definitions({key: {**HELLO, "html": "<p>Hi</p>"}})))
    assert "--- deployed/templates/hello/html.liquid" in lines
    assert "-<p>Hi</p>" in lines
    assert "+<p>Hello</p>" in lines
